// Who reaches this hub: what was configured, else what administrators chose.
#include "domain/auth/state.h"
#include "domain/auth/store.h"
#include "domain/auth/wire.h"

namespace holt::auth {
namespace {

Result<void> check_given(const std::optional<bool>& given, bool wanted, std::string_view name) {
  if (given.value_or(wanted) == wanted) return {};
  return fail(Kind::conflict, "The setting " + std::string(name) +
                                  " stands in the configuration of this server: change it there "
                                  "and start the server again.");
}

Result<void> check_given(const OpennessGiven& given, const Openness& wanted) {
  TRY_VOID(check_given(given.hub_private, wanted.hub_private, "hub-private"));
  return check_given(given.open_to_join, wanted.open_to_join, "open-to-join");
}

}  // namespace

bool Auth::hub_private() const { return impl_->hub_private; }

Openness Auth::openness() const { return {impl_->hub_private, impl_->open_to_join}; }

const OpennessGiven& Auth::openness_given() const { return impl_->given; }

Result<void> Auth::set_openness(const Openness& wanted, const ActorPtr& by) {
  TRY_VOID(check_given(impl_->given, wanted));
  TRY_VOID(impl_->database.write([&](db::Tx& tx) -> Result<void> {
    store::set_openness(tx, wanted);
    record_audit(tx, *by, {"hub.openness", "hub", wire::audit_openness(wanted)});
    return {};
  }));
  impl_->hub_private = wanted.hub_private;
  impl_->open_to_join = wanted.open_to_join;
  return {};
}

bool Auth::has_users() {
  return impl_->database.read([](db::Tx& tx) { return store::has_users(tx); });
}

Result<Namespace> Auth::create_first_user(std::string_view name, std::string_view email,
                                          std::string_view password, const Openness& wanted) {
  TRY_VOID(check_given(impl_->given, wanted));
  auto made = TRY(
      add_user({name, {}, email, true, password}, system_actor(), [&](db::Tx& tx) -> Result<void> {
        if (store::has_users(tx)) return fail(Kind::conflict, "This hub has users already.");
        store::set_openness(tx, wanted);
        return {};
      }));
  impl_->hub_private = wanted.hub_private;
  impl_->open_to_join = wanted.open_to_join;
  return made;
}

}  // namespace holt::auth
