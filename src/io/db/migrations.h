// Which migrations a catalog has had, and the application of those it lacks.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "io/db/db.h"

namespace holt::db {

// `script` runs a text of many statements within the transaction of `tx`, which the caller commits
// when this returns a value.
Result<void> apply_migrations(Tx& tx, const std::function<void(const std::string&)>& script,
                              std::span<const Migration> migrations);

}  // namespace holt::db
