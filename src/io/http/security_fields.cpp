// The head lines that tell browsers what not to do with a reply. The one place for them.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "io/http/http.h"

namespace holt::http {
namespace {

struct Field {
  std::string_view name, value;
};

// An answer for programs, or bytes that somebody uploaded: when a browser is made to show it, it
// runs nothing, loads nothing, sends nothing and cannot be framed.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

constexpr auto kFields = std::to_array<Field>({
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", kContentPolicy},
    {"Referrer-Policy", "no-referrer"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
});

}  // namespace

std::string_view SecurityFields::content_policy() { return kContentPolicy; }

SecurityFields::SecurityFields(std::string_view transport_security) {
  const auto add = [this](std::string_view name, std::string_view value) {
    fields_.emplace_back(name, std::string(name) + ": " + std::string(value) + "\r\n");
  };
  for (const auto& field : kFields) add(field.name, field.value);
  if (!transport_security.empty()) add(kTransportSecurity, transport_security);
}

void SecurityFields::append_missing(std::string& out, const Headers& given) const {
  for (const auto& field : fields_) {
    const auto says = [&](const auto& one) { return equal_ignoring_case(one.first, field.first); };
    if (std::ranges::none_of(given.all(), says)) out += field.second;
  }
}

}  // namespace holt::http
