// Routes of the hub as a whole, for administrators: overview, settings in effect, upkeep; and
// joining, where the operator allows it.
#pragma once

#include "app/maintenance.h"
#include "io/http/http.h"

namespace holt::app {

void add_admin_routes(http::Router& router, Hub& hub);

}  // namespace holt::app
