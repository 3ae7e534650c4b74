// What strangers send to say who they are: request bodies, names, tokens. The first byte
// chooses the reader.
#include "base/text.h"
#include "domain/auth/names.h"
#include "domain/auth/tokens.h"
#include "domain/auth/wire.h"

namespace {

namespace auth = holt::auth;
namespace wire = auth::wire;

void check_names(std::string_view text) {
  if (auth::check_name(text)) {
    CHECK(!text.empty() && text.size() <= 96 && holt::is_utf8(text));
    CHECK(text.find_first_of("/\\%?# \t\r\n<>\"'&") == text.npos && text.find("..") == text.npos);
    CHECK(holt::percent_encode(text) == text);
  }
  if (auth::check_email(text) && !text.empty())
    CHECK(text.find_first_of("\r\n ") == text.npos && text.size() <= 254);
  if (auth::check_full_name(text)) CHECK(holt::is_utf8(text) && text.find('\n') == text.npos);
  if (auth::is_well_formed_token(text)) CHECK(auth::check_chosen_token(text).has_value());
  if (auth::check_chosen_token(text)) CHECK(text.find_first_of(" \r\n") == text.npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = holt::as_text({data + 1, size - 1});
  switch (data[0] % 9) {
    case 0:
      if (const auto read = wire::read_new_token(body)) {
        CHECK(holt::is_utf8(read->name));
        CHECK(wire::read_scopes(wire::scopes_to_json(read->scopes)).size() == read->scopes.size());
        CHECK(wire::read_permissions(wire::permissions_to_json(read->global_permissions)) ==
              read->global_permissions);
      }
      break;
    case 1:
      static_cast<void>(wire::read_new_org(body));
      break;
    case 2:
      static_cast<void>(wire::read_member_role(body));
      break;
    case 3:
      static_cast<void>(wire::read_password(body));
      break;
    case 4:
      static_cast<void>(wire::read_profile(body));
      break;
    case 5:
      static_cast<void>(wire::read_new_user(body));
      break;
    case 6:
      static_cast<void>(wire::read_suspended(body));
      break;
    case 7:
      static_cast<void>(wire::read_login(body));
      break;
    default:
      check_names(body);
  }
  return 0;
}
