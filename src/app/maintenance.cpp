// Runs upkeep in a thread of its own, with what it found kept for the page that asked.
#include "app/maintenance.h"

#include <stdexcept>

#include "base/log.h"

namespace holt::app {
namespace {

// Thrown out of a progress report to end what runs.
struct GivenUp : std::runtime_error {
  GivenUp() : std::runtime_error("given up: the server stops") {}
};

constexpr std::size_t kMostShown = 200;

}  // namespace

Maintenance::Maintenance(Hub& hub) : hub_(hub) {}

Maintenance::~Maintenance() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

Result<void> Maintenance::start(Upkeeping work) {
  std::lock_guard lock(mutex_);
  if (state_.running)
    return fail(Kind::conflict, "Upkeep is running already: wait until it has ended.");
  if (thread_.joinable()) thread_.join();
  state_ = State{};
  state_.work = work;
  state_.running = true;
  state_.started = now();
  thread_ = std::thread([this, work] { run(work); });
  return {};
}

Maintenance::State Maintenance::state() const {
  std::lock_guard lock(mutex_);
  return state_;
}

upkeep::GcWish Maintenance::wish(Upkeeping work) const {
  upkeep::GcWish wish;
  wish.grace = std::chrono::hours(hub_.settings.gc_grace_hours);
  wish.undo = std::chrono::hours(24 * hub_.settings.gc_undo_days);
  wish.dry_run = work == Upkeeping::look;
  wish.go_on = [this] { return !stopping_; };
  return wish;
}

void Maintenance::run(Upkeeping work) {
  const auto progress = [this](std::string_view what) {
    if (stopping_) throw GivenUp();
    std::lock_guard lock(mutex_);
    state_.progress = what;
  };
  upkeep::GcReport garbage;
  upkeep::FsckReport check;
  std::string failure;
  try {
    if (work == Upkeeping::check)
      check = hub_.upkeep->fsck(progress);
    else if (auto collected = hub_.upkeep->collect(wish(work), progress))
      garbage = std::move(*collected);
    else
      failure = collected.error().message;
  } catch (const std::exception& problem) {
    failure = problem.what();
    log::error("upkeep failed", {{"error", std::string_view(failure)}});
  }
  if (garbage.items.size() > kMostShown) garbage.items.resize(kMostShown);
  if (check.problems.size() > kMostShown) check.problems.resize(kMostShown);
  std::lock_guard lock(mutex_);
  state_.garbage = std::move(garbage);
  state_.check = std::move(check);
  state_.failure = std::move(failure);
  state_.running = false;
  state_.ended = now();
}

}  // namespace holt::app
