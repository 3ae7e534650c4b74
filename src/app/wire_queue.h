// JSON shapes of the administration pages "Queue" and "Organizations".
#pragma once

#include <string>
#include <vector>

#include "app/task_board.h"
#include "domain/auth/auth.h"
#include "domain/repos/repos.h"

namespace holt::app::wire {

struct Uploads {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
  std::int64_t longest_idle_s = 0;
};
struct Queue {
  bool converting = false;
  std::size_t conversions = 0;   // large files that wait for their Xet form
  bool conversions_cut = false;  // and more
  std::int64_t outbox = 0;
  std::int64_t damaged = 0;
  Uploads uploads;
  std::vector<TaskBoard::Task> tasks;
  std::vector<TaskBoard::Failure> failures;
};
std::string queue(const Queue& queue);

struct Organization {
  auth::Namespace org;
  std::size_t members = 0;
  std::vector<std::string> admins;
  repos::OwnerTotal total;
};
std::string organizations(const std::vector<Organization>& list);

}  // namespace holt::app::wire
