// The Authorization and Cookie headers of strangers: the first line, then the second.
#include <cstdlib>

#include "base/bytes.h"
#include "domain/auth/credential.h"

using holt::auth::Credential;

namespace {

void check(const Credential& read, std::string_view authorization, std::string_view cookie) {
  using Form = Credential::Form;
  const bool has_secret = read.form != Form::none && read.form != Form::malformed;
  if (has_secret == read.secret.empty()) std::abort();
  if (!read.name.empty() && read.form != Form::basic) std::abort();
  // Nobody is let in by what was not sent: base64 only shrinks.
  if (read.form == Form::session ? read.secret.size() > cookie.size()
                                 : read.name.size() + read.secret.size() > authorization.size())
    std::abort();
  if (read.form == Form::session &&
      authorization.find_first_not_of(" \t\r\n") != authorization.npos)
    std::abort();
}

}  // namespace

// What is read is short enough, whole, and the same again when it is written as its form says.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = holt::as_text({data, size});
  const auto line = text.find('\n');
  const auto authorization = text.substr(0, line);
  const auto cookie = line == text.npos ? std::string_view() : text.substr(line + 1);
  const auto read = holt::auth::read_credential(authorization, cookie);
  check(read, authorization, cookie);
  if (read.form == Credential::Form::basic) {
    const std::string pair = read.name + ":" + read.secret;
    const auto again =
        holt::auth::read_credential("Basic " + holt::to_base64(holt::as_bytes(pair)), {});
    if (again.form != read.form || again.name != read.name || again.secret != read.secret)
      std::abort();
  }
  return 0;
}
