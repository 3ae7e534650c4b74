// One piece of slow upkeep at a time, begun from a page and looked at while it runs.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>

#include "app/wiring.h"

namespace holt::app {

enum class Upkeeping { none, look, collect, check };  // look: what would be collected

class Maintenance {
 public:
  explicit Maintenance(Hub& hub);  // outlives this
  ~Maintenance();                  // what runs is given up
  Maintenance(const Maintenance&) = delete;
  Maintenance& operator=(const Maintenance&) = delete;

  // conflict while another runs.
  Result<void> start(Upkeeping work);

  struct State {
    Upkeeping work = Upkeeping::none;
    bool running = false;
    Timestamp started, ended;
    std::string progress, failure;
    upkeep::GcReport garbage;  // of look and collect
    upkeep::FsckReport check;
  };
  State state() const;

 private:
  upkeep::GcWish wish(Upkeeping work) const;
  void run(Upkeeping work);

  Hub& hub_;
  mutable std::mutex mutex_;
  State state_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace holt::app
