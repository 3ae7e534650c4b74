// The route table of the server and the pipeline around its handlers.
#pragma once

#include "app/wiring.h"
#include "io/http/http.h"

namespace holt::app {

// Every route of every room, and the server's own. `hub` and `metrics` outlive the table.
void add_all_routes(http::Router& router, Hub& hub, http::Metrics& metrics);

// `router`, `metrics` and `hub` outlive the pipeline.
http::Pipeline make_pipeline(const http::Router& router, http::Metrics& metrics, Hub& hub);

// Numbers about the process, read when scraped.
void add_process_gauges(http::Metrics& metrics, const Hub& hub);

std::string_view version();

}  // namespace holt::app
