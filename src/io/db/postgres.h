// The catalog in a PostgreSQL database, version 15 or newer.
#pragma once

#include <memory>
#include <string>

#include "io/db/db.h"

namespace holt::db {

std::unique_ptr<Database> open_postgres(const std::string& location, std::size_t max_connections,
                                        std::shared_ptr<Durability> durability);

}  // namespace holt::db
