// What administrators see of organisations, and of what the server does besides answering.
#pragma once

#include "app/wiring.h"
#include "io/http/http.h"

namespace holt::app {

void add_queue_routes(http::Router& router, Hub& hub);

}  // namespace holt::app
