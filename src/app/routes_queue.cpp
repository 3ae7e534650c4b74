// Routes of the administration pages "Queue" and "Organizations".
#include "app/routes_queue.h"

#include <algorithm>
#include <filesystem>

#include "app/background.h"
#include "app/wire_queue.h"

namespace holt::app {
namespace {

using http::Method;
using http::Request;
using http::Response;

constexpr std::size_t kMostCounted = 1000;

// Files that are being received. One that ends while this looks is left out.
wire::Uploads uploads_under_way(const std::filesystem::path& staging) {
  wire::Uploads out;
  std::error_code problem;
  const auto now_on_disk = std::filesystem::file_time_type::clock::now();
  for (std::filesystem::directory_iterator entry(staging, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::error_code gone;
    const auto size = entry->file_size(gone);
    const auto written = gone ? now_on_disk : entry->last_write_time(gone);
    if (gone) continue;
    ++out.files;
    out.bytes += size;
    const auto idle = std::chrono::duration_cast<std::chrono::seconds>(now_on_disk - written);
    out.longest_idle_s = std::max<std::int64_t>(out.longest_idle_s, idle.count());
  }
  return out;
}

wire::Queue look(Hub& hub) {
  wire::Queue out;
  out.converting = hub.settings.xet_convert;
  if (out.converting)
    out.conversions = hub.contents->unconverted(kSmallestConverted, kMostCounted).size();
  out.conversions_cut = out.conversions == kMostCounted;
  out.outbox = hub.git->outbox_waiting();
  out.damaged = static_cast<std::int64_t>(hub.upkeep->damaged());
  out.uploads = uploads_under_way(hub.folder.staging());
  out.tasks = hub.tasks.tasks();
  out.failures = hub.tasks.failures();
  return out;
}

std::vector<wire::Organization> organizations(Hub& hub) {
  const auto totals = hub.repos->totals_by_owner();
  std::vector<wire::Organization> out;
  for (auto& org : hub.auth->list_namespaces(true)) {
    wire::Organization one;
    for (const auto& member : hub.auth->list_members(org.key)) {
      ++one.members;
      if (member.role == auth::Role::admin) one.admins.push_back(member.user.name);
    }
    if (const auto found = totals.find(org.key); found != totals.end()) one.total = found->second;
    one.org = std::move(org);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace

void add_queue_routes(http::Router& router, Hub& hub) {
  const auto add = [&](std::string_view id, std::string path, std::string_view summary,
                       std::function<std::string()> answer) {
    router.add({.id = id,
                .method = Method::get,
                .path = std::move(path),
                .access = http::Access::account,
                .summary = summary,
                .internal = true},
               [answer = std::move(answer)](Request& request) -> Result<Response> {
                 TRY_VOID(auth::check_site_admin(auth::actor_of(request)));
                 return Response::json(answer());
               });
  };
  add("get_queue", "/api/admin/queue", "What waits, what runs and what failed.",
      [&hub] { return wire::queue(look(hub)); });
  add("list_all_organizations", "/api/admin/organizations",
      "All organisations with their admins and what they take.",
      [&hub] { return wire::organizations(organizations(hub)); });
}

}  // namespace holt::app
