// A copy of a PostgreSQL catalog in use, made by pg_dump.
#pragma once

#include <string>

#include "base/result.h"

namespace holt::db {

// Writes `path` in pg_dump's custom form, which pg_restore reads; all of it is of one moment.
// conflict when path exists; unavailable, saying what to do, when pg_dump is missing, too old or
// fails.
Result<void> dump_postgres(const std::string& location, const std::string& path);

}  // namespace holt::db
