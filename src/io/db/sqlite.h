// The catalog in a SQLite file.
#pragma once

#include <memory>
#include <string>

#include "io/db/db.h"

namespace holt::db {

std::unique_ptr<Database> open_sqlite(const std::string& path, std::size_t max_connections,
                                      std::shared_ptr<Durability> durability);

}  // namespace holt::db
