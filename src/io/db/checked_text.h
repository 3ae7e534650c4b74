// Text on its way into a statement. PostgreSQL keeps UTF-8 without NUL only, SQLite anything: what
// one of them refuses, both do.
#pragma once

#include <span>

#include "io/db/db.h"

namespace holt::db {

// Throws NotText for the first parameter that is text and not UTF-8 without NUL.
void check_text(const Query& query, std::span<const Param> params);

}  // namespace holt::db
