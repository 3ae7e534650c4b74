// The rules for names. Clients check repository ids by the same pattern before they send them.
#include "domain/auth/names.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace holt::auth {
namespace {

constexpr std::size_t kLongestName = 96;
constexpr std::size_t kLongestShown = 200;

// First path segments that mean something else, now or in the hub's other products. Sorted.
constexpr auto kReserved = std::to_array<std::string_view>({
    "_app",
    "about",
    "api",
    "assets",
    "blog",
    "buckets",
    "chat",
    "collections",
    "datasets",
    "docs",
    "endpoints",
    "enterprise",
    "favicon.ico",
    "front",
    "gated",
    "git",
    "health",
    "healthz",
    "inference",
    "jobs",
    "join",
    "kernels",
    "learn",
    "lfs",
    "login",
    "logout",
    "me",
    "metrics",
    "models",
    "new",
    "new-dataset",
    "new-space",
    "notifications",
    "oauth",
    "organizations",
    "orgs",
    "papers",
    "preview.png",
    "posts",
    "pricing",
    "readyz",
    "resolve",
    "robots.txt",
    "search",
    "settings",
    "setup",
    "signup",
    "spaces",
    "static",
    "system",
    "tasks",
    "terms-of-service",
    "trending",
    "uploads",
    "users",
    "v1",
    "v2",
    "welcome",
    "xet",
    "xet-data",
    "lfs-data",
});

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

Result<void> check_name(std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return fail(Kind::invalid,
                "\"" + std::string(clip(name, 100)) + "\" cannot be a name: " + std::string(why));
  };
  if (name.empty()) return fail(Kind::invalid, "A name is missing.");
  if (name.size() > kLongestName) return refuse("it may have at most 96 characters.");
  for (const char c : name) {
    if (!is_letter_or_digit(c) && c != '_' && c != '.' && c != '-') {
      return refuse("use only letters, digits, '_', '.' and '-'.");
    }
  }
  if (!is_letter_or_digit(name.front()) && name.front() != '_') {
    return refuse("it must start with a letter, a digit or '_'.");
  }
  if (name.back() == '-' || name.back() == '.') return refuse("it may not end with '-' or '.'.");
  if (name.find("--") != name.npos || name.find("..") != name.npos) {
    return refuse("it may not hold '--' or '..'.");
  }
  const std::string key = lower(name);
  if (key.ends_with(".git")) return refuse("it may not end with .git.");
  if (std::ranges::find(kReserved, std::string_view(key)) != kReserved.end()) {
    return refuse("the hub uses it for its own pages.");
  }
  return {};
}

Result<void> check_email(std::string_view email) {
  if (email.empty()) return {};
  const auto at = email.find('@');
  const bool fits = email.size() <= 254 && at != email.npos && at > 0 && at + 1 < email.size() &&
                    email.find('@', at + 1) == email.npos &&
                    std::ranges::all_of(email, [](char c) { return c > ' ' && c != '\x7f'; });
  if (!fits) {
    return fail(Kind::invalid,
                "\"" + std::string(clip(email, 100)) + "\" is not an e-mail address (name@host).");
  }
  return {};
}

Result<void> check_full_name(std::string_view full_name) {
  const bool fits = full_name.size() <= kLongestShown && is_utf8(full_name) &&
                    std::ranges::all_of(full_name, [](char c) {
                      return static_cast<unsigned char>(c) >= ' ' && c != '\x7f';
                    });
  if (!fits) return fail(Kind::invalid, "A full name is at most 200 bytes of text in one line.");
  return {};
}

}  // namespace holt::auth
