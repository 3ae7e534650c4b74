// Runs pg_dump. How to connect, password included, is handed over as a service file (libpq §34.17):
// a command line could be read by every user of the machine.
#include "io/db/postgres_dump.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/bytes.h"
#include "base/file.h"
#include "base/text.h"
#include "io/db/db.h"
#include "io/proc/proc.h"

namespace holt::db {
namespace {

constexpr std::chrono::hours kLongestDump{24};
constexpr std::string_view kService = "holt";

// A section of a service file with everything that the location says.
std::string service_file(const std::string& location) {
  char* message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(location.c_str(), &message), &PQconninfoFree);
  if (!options) {
    const std::string why = message != nullptr ? message : "it cannot be read";
    PQfreemem(message);
    throw Failure("the address of the catalog is malformed: " + why, false);
  }
  std::string text = "[" + std::string(kService) + "]\n";
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    if (one->val == nullptr) continue;
    const std::string_view value = one->val;
    if (value.find('\n') != value.npos)
      throw Failure(std::string("the address of the catalog has a line break in ") + one->keyword,
                    false);
    text += std::string(one->keyword) + "=" + std::string(value) + "\n";
  }
  return text;
}

proc::Command pg_dump(const std::string& location, const std::string& path) {
  proc::Command command;
  command.arguments = {"pg_dump",        "--format=custom",
                       "--no-owner",     "--no-privileges",
                       "--file=" + path, "--dbname=service=" + std::string(kService)};
  command.input = create_in_memory(as_bytes(service_file(location)));
  command.limit = kLongestDump;
  // What libpq takes from the environment of this process, its child takes too.
  for (char** line = ::environ; *line != nullptr; ++line) {
    const std::string_view text = *line;
    const auto equals = text.find('=');
    if (equals == text.npos || (!text.starts_with("PG") && !text.starts_with("HOME="))) continue;
    command.environment.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  command.environment.emplace_back("PGSERVICEFILE", "/dev/stdin");
  return command;
}

}  // namespace

Result<void> dump_postgres(const std::string& location, const std::string& path) {
  if (std::filesystem::exists(path))
    return fail(Kind::conflict, path + " exists already: it is not overwritten.");
  const auto failed = [](const std::string& why) {
    return fail(Kind::unavailable,
                "pg_dump could not copy the catalog: " + why +
                    " Install the PostgreSQL client of the database's version, or a newer one.");
  };
  proc::Outcome outcome;
  try {
    outcome = proc::run(pg_dump(location, path));
  } catch (const Failure&) {
    throw;
  } catch (const std::runtime_error& error) {
    return failed(std::string(error.what()) + ".");
  }
  if (outcome.exit_code != 0) {
    std::filesystem::remove(path);
    return failed(std::string(trim(outcome.error_output)));
  }
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  // pg_dump does not wait for the disk before its version 17.
  open_for_reading(path)->sync();
  return {};
}

}  // namespace holt::db
