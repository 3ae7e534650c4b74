// The web: its embedded files, and the shell that every page of the public hub's address map starts
// from, filled with title, description and, for those without JavaScript, card and file list.
#pragma once

#include "app/wiring.h"
#include "io/http/http.h"

namespace holt::app {

void add_frontend_routes(http::Router& router, Hub& hub);

}  // namespace holt::app
