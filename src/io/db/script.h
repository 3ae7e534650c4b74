// SQL text turned into what an engine takes. Literals, quoted identifiers and comments are left
// alone.
#pragma once

#include <string>
#include <string_view>

#include "io/db/db.h"

namespace holt::db {

// $PK, $BIGINT, $BLOB, $REAL and TEXT of a migration; throws std::logic_error on another $NAME.
std::string expand_types(std::string_view sql, Engine engine);

struct Numbered {
  std::string sql;
  std::size_t placeholders = 0;
};
// `?` as PostgreSQL wants it: $1, $2, …
Numbered number_placeholders(std::string_view sql);

}  // namespace holt::db
