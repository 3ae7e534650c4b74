# Script: writes OUT, a C++ source with every migration of FOLDER. Run by migrations.cmake.
file(GLOB migrations ${FOLDER}/[0-9]*.sql)
list(SORT migrations)
set(rows "")
foreach(migration IN LISTS migrations)
  cmake_path(GET migration STEM LAST_ONLY stem)
  file(READ ${migration} text)
  string(APPEND rows "    {\"${stem}\", R\"~sql~(${text})~sql~\"},\n")
endforeach()
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
// Generated from migrations/*.sql by cmake/embed_migrations.cmake.
#include <array>
#include <span>

#include "io/db/db.h"

namespace holt::app {

std::span<const db::Migration> embedded_migrations();

namespace {
constexpr auto kMigrations = std::to_array<db::Migration>({
@rows@});
}  // namespace

std::span<const db::Migration> embedded_migrations() { return kMigrations; }

}  // namespace holt::app
]])
