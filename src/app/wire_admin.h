// JSON shapes of the administration pages.
#pragma once

#include <string>
#include <vector>

#include "app/first_setup.h"
#include "app/maintenance.h"
#include "app/settings.h"

namespace holt::app::wire {

struct Overview {
  std::string version;
  Timestamp started;
  std::size_t users = 0, organizations = 0;
  std::int64_t models = 0, datasets = 0, spaces = 0;
  std::uint64_t disk_free_bytes = 0, disk_bytes = 0;
  bool healthy = true;
};
std::string overview(const Overview& overview);
std::string settings(const Settings& settings, const auth::Openness& openness);
std::string_view work_name(Upkeeping work);
std::string maintenance(const Maintenance::State& state);
Result<Upkeeping> read_work(std::string_view body);
struct JoinBody {
  std::string name, email, password;
};
Result<JoinBody> read_join(std::string_view body);
Result<FirstSetup::Wish> read_first_setup(std::string_view body, const auth::Openness& present);
// What is not named stays as it is.
Result<auth::Openness> read_openness(std::string_view body, const auth::Openness& present);

}  // namespace holt::app::wire
