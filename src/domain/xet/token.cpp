// Xet tokens.
#include "domain/xet/token.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"

namespace holt::xet {
namespace {

constexpr std::string_view kPrefix = "xet1";

std::string mac_of(std::string_view payload, std::string_view secret) {
  // The first line keeps these apart from whatever else the same secret signs.
  return to_base64url(hmac_sha256(secret, fmt::format("holt xet token\n{}", payload)));
}

std::optional<std::int64_t> number(std::string_view text) {
  const auto value = parse_u64(text);
  if (!value || *value > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

char letter_of(Scope scope) {
  return scope == Scope::write ? 'w' : scope == Scope::propose ? 'p' : 'r';
}

Scope scope_of(std::string_view letter) {
  return letter == "w" ? Scope::write : letter == "p" ? Scope::propose : Scope::read;
}

}  // namespace

std::string sign(const Token& token, std::string_view secret) {
  const auto payload =
      fmt::format("{}.{}.{}.{}.{}.{}", kPrefix, token.repo_key, letter_of(token.scope),
                  token.user_key, token.token_key, token.expires_unix_s);
  return payload + "." + mac_of(payload, secret);
}

Result<Token> verify(std::string_view text, std::string_view secret, Timestamp at) {
  const auto dot = text.rfind('.');
  const auto parts = split(text.substr(0, dot == text.npos ? 0 : dot), '.');
  if (text.size() > 256 || parts.size() != 6 || parts[0] != kPrefix ||
      !equal_in_constant_time(text.substr(dot + 1), mac_of(text.substr(0, dot), secret)))
    return fail(Kind::unauthorized,
                "This is not a Xet token of this server. Ask for one at the repository's "
                "xet-read-token or xet-write-token route.");
  const auto repo = number(parts[1]);
  const auto user = number(parts[3]);
  const auto key = number(parts[4]);
  const auto expires = number(parts[5]);
  CHECK(repo && user && key && expires);  // signed, so made by sign()
  if (*expires <= at.ms / 1000)
    return fail(Kind::unauthorized,
                "This Xet token has expired. Ask for a new one at the repository's xet-read-token "
                "or xet-write-token route.");
  return Token{*repo, scope_of(parts[2]), *user, *key, *expires};
}

}  // namespace holt::xet
