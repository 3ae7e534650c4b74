// JSON shapes of the administration pages.
#include "app/wire_admin.h"

#include <boost/json.hpp>

#include "base/time.h"

namespace holt::app::wire {
namespace json = boost::json;

namespace {

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

Result<json::object> parse_object(std::string_view body) {
  boost::system::error_code error;
  auto value = json::parse(body, error, {}, {.max_depth = 8});
  if (error || !value.is_object())
    return fail(Kind::invalid, "The request body is not a JSON object.");
  return std::move(value.as_object());
}

Result<auth::Openness> openness_in(const json::object& object, const auth::Openness& present) {
  auth::Openness out = present;
  for (const auto& [name, field] : {std::pair{"hubPrivate", &auth::Openness::hub_private},
                                    std::pair{"openToJoin", &auth::Openness::open_to_join}}) {
    const auto* value = object.if_contains(name);
    if (value == nullptr) continue;
    if (!value->is_bool())
      return fail(Kind::invalid, "\"" + std::string(name) + "\" is true or false.");
    out.*field = value->get_bool();
  }
  return out;
}

}  // namespace

std::string_view work_name(Upkeeping work) {
  switch (work) {
    case Upkeeping::none:
      return "none";
    case Upkeeping::look:
      return "look";
    case Upkeeping::collect:
      return "collect";
    case Upkeeping::check:
      return "check";
  }
  return "none";
}

std::string overview(const Overview& one) {
  return json::serialize(json::object{{"version", one.version},
                                      {"startedAt", iso8601(one.started)},
                                      {"users", one.users},
                                      {"organizations", one.organizations},
                                      {"models", one.models},
                                      {"datasets", one.datasets},
                                      {"spaces", one.spaces},
                                      {"diskFree", one.disk_free_bytes},
                                      {"diskSize", one.disk_bytes},
                                      {"healthy", one.healthy}});
}

std::string settings(const Settings& configured, const auth::Openness& openness) {
  Settings all = configured;
  all.hub_private = openness.hub_private;
  all.open_to_join = openness.open_to_join;
  json::array out;
  for (const auto& setting : setting_table()) {
    std::string value = text_of(all, setting);
    if (setting.name == "catalog") value = without_password(value);
    out.push_back(json::object{{"name", setting.name},
                               {"value", value},
                               {"default", setting.default_text},
                               {"environment", environment_name(setting)},
                               {"given", all.given.contains(setting.name)},
                               {"help", setting.help}});
  }
  return json::serialize(out);
}

std::string maintenance(const Maintenance::State& state) {
  json::object out{{"work", work_name(state.work)},
                   {"running", state.running},
                   {"progress", state.progress},
                   {"failure", state.failure}};
  if (state.work == Upkeeping::none) return json::serialize(out);
  out["startedAt"] = iso8601(state.started);
  if (state.running) return json::serialize(out);
  out["endedAt"] = iso8601(state.ended);
  if (state.work == Upkeeping::check) {
    json::array problems;
    for (const auto& one : state.check.problems)
      problems.push_back(json::object{{"object", one.object}, {"what", one.what}});
    out["objects"] = state.check.objects;
    out["bytes"] = state.check.bytes;
    out["repositories"] = state.check.repositories;
    out["problems"] = std::move(problems);
  } else {
    json::array items;
    for (const auto& one : state.garbage.items)
      items.push_back(json::object{
          {"what", one.what}, {"key", one.key}, {"why", one.why}, {"size", one.size_bytes}});
    out["items"] = std::move(items);
    out["bytes"] = state.garbage.bytes;
  }
  return json::serialize(out);
}

Result<Upkeeping> read_work(std::string_view body) {
  const auto object = TRY(parse_object(body));
  const auto work = text_of(object, "work");
  for (const auto one : {Upkeeping::look, Upkeeping::collect, Upkeeping::check})
    if (work == work_name(one)) return one;
  return fail(Kind::invalid, "\"work\" is one of look, collect, check.");
}

Result<JoinBody> read_join(std::string_view body) {
  const auto object = TRY(parse_object(body));
  JoinBody out{text_of(object, "name"), text_of(object, "email"), text_of(object, "password")};
  if (out.password.empty()) return fail(Kind::invalid, "The request body needs \"password\".");
  return out;
}

Result<auth::Openness> read_openness(std::string_view body, const auth::Openness& present) {
  return openness_in(TRY(parse_object(body)), present);
}

Result<FirstSetup::Wish> read_first_setup(std::string_view body, const auth::Openness& present) {
  const auto object = TRY(parse_object(body));
  FirstSetup::Wish out{text_of(object, "code"), text_of(object, "name"), text_of(object, "email"),
                       text_of(object, "password"), TRY(openness_in(object, present))};
  if (out.password.empty()) return fail(Kind::invalid, "The request body needs \"password\".");
  return out;
}

}  // namespace holt::app::wire
