// Routes of the hub as a whole.
#include "app/routes_admin.h"

#include <filesystem>

#include "app/routes.h"
#include "app/wire_admin.h"
#include "base/time.h"

namespace holt::app {
namespace {

using http::Access;
using http::BodyPolicy;
using http::Method;
using http::Request;
using http::Response;

std::int64_t count(Hub& hub, repos::Type type) {
  repos::ListQuery query;
  query.type = type;
  return hub.repos->facets(*auth::system_actor(), query).total;
}

wire::Overview look(Hub& hub, Timestamp started) {
  wire::Overview out;
  out.version = version();
  out.started = started;
  out.users = hub.auth->list_namespaces(false).size();
  out.organizations = hub.auth->list_namespaces(true).size();
  out.models = count(hub, repos::Type::model);
  out.datasets = count(hub, repos::Type::dataset);
  out.spaces = count(hub, repos::Type::space);
  std::error_code unknown;
  const auto space = std::filesystem::space(hub.folder.path(), unknown);
  if (!unknown) {
    out.disk_free_bytes = space.available;
    out.disk_bytes = space.capacity;
  }
  try {
    static_cast<void>(hub.database->version());
    static_cast<void>(hub.blobs->stage());
  } catch (const std::exception&) {
    out.healthy = false;
  }
  return out;
}

}  // namespace

void add_admin_routes(http::Router& router, Hub& hub) {
  const auto maintenance = std::make_shared<Maintenance>(hub);
  const auto add = [&](std::string_view id, Method method, std::string path,
                       std::string_view summary, http::Handler work) {
    router.add({.id = id,
                .method = method,
                .path = std::move(path),
                .access = Access::account,
                .body = method == Method::get ? BodyPolicy::none : BodyPolicy::bytes,
                .max_body_bytes = 4 << 10,
                .summary = summary,
                .internal = true},
               [work = std::move(work)](Request& request) -> Result<Response> {
                 TRY_VOID(auth::check_site_admin(auth::actor_of(request)));
                 return work(request);
               });
  };
  add("get_admin_overview", Method::get, "/api/admin/overview", "How the hub is.",
      [&hub, started = now()](Request&) -> Result<Response> {
        return Response::json(wire::overview(look(hub, started)));
      });
  add("list_settings", Method::get, "/api/admin/settings", "The settings in effect.",
      [&hub](Request&) -> Result<Response> {
        return Response::json(wire::settings(hub.settings, hub.auth->openness()));
      });
  add("set_openness", Method::put, "/api/admin/openness",
      "Chooses who may look at the hub and who may join, where the configuration leaves it open.",
      [&hub](Request& request) -> Result<Response> {
        const auto wanted = TRY(wire::read_openness(request.body, hub.auth->openness()));
        TRY_VOID(hub.auth->set_openness(wanted, auth::actor_ptr_of(request)));
        return Response::json(wire::settings(hub.settings, hub.auth->openness()));
      });
  add("get_maintenance", Method::get, "/api/admin/maintenance", "Upkeep that runs or has run.",
      [maintenance](Request&) -> Result<Response> {
        return Response::json(wire::maintenance(maintenance->state()));
      });
  add("start_maintenance", Method::post, "/api/admin/maintenance",
      "Looks for garbage, removes it, or checks all data.",
      [maintenance, &hub](Request& request) -> Result<Response> {
        const auto work = TRY(wire::read_work(request.body));
        TRY_VOID(maintenance->start(work));
        hub.auth->note(auth::actor_of(request),
                       {"upkeep." + std::string(wire::work_name(work)), "the hub", "{}"});
        return Response::json(wire::maintenance(maintenance->state()));
      });
  add("get_stored_object", Method::get, "/api/admin/objects/{class}/{hash}",
      "An object as it is stored, for the repair of another Holt.",
      [&hub](Request& request) -> Result<Response> {
        const std::string_view word = request.param("class");
        const std::string hash(request.param("hash"));
        const auto kind = upkeep::parse_class_word(word);
        if (!kind || !is_hex(hash, 64))
          return fail(Kind::not_found,
                      "Stored objects are packs, blobs and xorbs, named by 64 hex digits.");
        auto file = hub.blobs->open({*kind, hash});
        if (!file) return fail(Kind::not_found, "This hub does not store that object.");
        TRY_VOID(hub.database->write([&](db::Tx& tx) -> Result<void> {
          auth::Auth::record_audit(tx, auth::actor_of(request),
                                   {"object.read", std::string(word) + " " + hash, "{}"});
          return {};
        }));
        const std::uint64_t size = file->size_bytes();
        Response response;
        response.headers.set("Content-Type", "application/octet-stream");
        response.body = http::FileRange{std::move(file), 0, size};
        return response;
      });
  router.add({.id = "set_up_hub",
              .method = Method::post,
              .path = "/api/setup",
              .access = Access::open,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 10,
              .summary = "Makes the first administrator, with the code that the server printed.",
              .internal = true},
             [&hub](Request& request) -> Result<Response> {
               const auto wish = TRY(wire::read_first_setup(request.body, hub.auth->openness()));
               TRY(hub.first_setup->finish(wish));
               return Response::json("{}");
             });
  router.add({.id = "join_hub",
              .method = Method::post,
              .path = "/api/join",
              .access = Access::open,
              .body = BodyPolicy::bytes,
              .max_body_bytes = 16 << 10,
              .summary = "Makes an account, where the operator lets people join.",
              .internal = true},
             [&hub](Request& request) -> Result<Response> {
               // The first account is the administrator's.
               if (!hub.auth->openness().open_to_join || hub.first_setup->open())
                 return fail(Kind::forbidden,
                             "The administrator of this hub makes the accounts: ask for one.");
               const auto body = TRY(wire::read_join(request.body));
               TRY(hub.auth->join(body.name, body.email, body.password, request.remote_address));
               return Response::json("{}");
             });
}

}  // namespace holt::app
