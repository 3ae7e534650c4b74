// JSON of what waits and what failed, and of organisations.
#include "app/wire_queue.h"

#include <boost/json.hpp>

namespace holt::app::wire {
namespace json = boost::json;

namespace {

json::value when(Timestamp at) {
  return at.ms == 0 ? json::value(nullptr) : json::value(iso8601(at));
}

}  // namespace

std::string queue(const Queue& queue) {
  json::array tasks, failures;
  for (const auto& one : queue.tasks)
    tasks.push_back(json::object{{"name", one.name},
                                 {"running", one.running},
                                 {"runs", one.runs},
                                 {"failures", one.failures},
                                 {"beganAt", when(one.began)},
                                 {"endedAt", when(one.ended)},
                                 {"failure", one.failure}});
  for (const auto& one : queue.failures)
    failures.push_back(json::object{{"task", one.task},
                                    {"subject", one.subject},
                                    {"why", one.why},
                                    {"at", when(one.at)},
                                    {"againAt", when(one.again_at)}});
  return json::serialize(
      json::object{{"conversions", json::object{{"enabled", queue.converting},
                                                {"waiting", queue.conversions},
                                                {"cut", queue.conversions_cut}}},
                   {"outbox", queue.outbox},
                   {"damaged", queue.damaged},
                   {"uploads", json::object{{"files", queue.uploads.files},
                                            {"bytes", queue.uploads.bytes},
                                            {"longestIdle", queue.uploads.longest_idle_s}}},
                   {"tasks", std::move(tasks)},
                   {"failures", std::move(failures)}});
}

std::string organizations(const std::vector<Organization>& list) {
  json::array out;
  for (const auto& one : list) {
    json::array admins;
    for (const auto& name : one.admins) admins.emplace_back(name);
    out.push_back(json::object{{"name", one.org.name},
                               {"fullname", one.org.full_name},
                               {"createdAt", iso8601(one.org.created_at)},
                               {"members", one.members},
                               {"admins", std::move(admins)},
                               {"repos", one.total.repos},
                               {"storage", one.total.bytes}});
  }
  return json::serialize(out);
}

}  // namespace holt::app::wire
