// The migrations that are compiled into the binary, in order (generated from migrations/*.sql).
#pragma once

#include <span>

#include "io/db/db.h"

namespace holt::app {

std::span<const db::Migration> embedded_migrations();

}  // namespace holt::app
