// Paths and reference names as strangers give them: what is accepted can be checked out anywhere
// without leaving its folder or touching git's own, and references are what libgit2 takes for one.
#include <git2.h>

#include <algorithm>

#include "base/text.h"
#include "io/gitio/gitio.h"

namespace {

namespace gitio = holt::gitio;

// What file systems may take for .git, by a rule of its own: everything that Windows and Macs drop
// from names is dropped.
bool may_be_git(std::string_view part) {
  std::string seen;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const auto c = static_cast<unsigned char>(part[i]);
    if (c == ':') break;
    if (c < 0x80) seen += part[i];
  }
  while (seen.ends_with('.') || seen.ends_with(' ')) seen.pop_back();
  return holt::lower(seen) == ".git" &&
         std::ranges::all_of(part, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void check_path(std::string_view path) {
  const auto accepted = gitio::check_path(path);
  if (!accepted) {
    const auto& message = accepted.error().message;
    CHECK(accepted.error().kind == holt::Kind::invalid && message.size() < 2'000);
    CHECK(holt::is_utf8(message) && std::ranges::none_of(message, [](char c) {
            return static_cast<unsigned char>(c) < 0x20;
          }));
    return;
  }
  CHECK(!path.empty() && path.size() <= 4096 && holt::is_utf8(path));
  CHECK(path.front() != '/' && path.back() != '/' && path.find('\0') == path.npos);
  for (const auto part : holt::split(path, '/')) {
    CHECK(!part.empty() && part != "." && part != "..");
    for (const auto piece : holt::split(part, '\\')) CHECK(!may_be_git(piece));
  }
  // So does each folder above it, and everything it could be renamed to below one.
  for (auto at = path.find('/'); at < 256; at = path.find('/', at + 1))
    CHECK(gitio::check_path(path.substr(0, at)));
  if (path.size() < 4000) CHECK(gitio::check_path("folder/" + std::string(path)));
}

void check_name(std::string_view name) {
  const bool accepted = gitio::valid_ref_name(name);
  if (accepted) {
    CHECK(name.find("..") == name.npos && name.find('\0') == name.npos);
    CHECK(name.find("//") == name.npos && name.front() != '/' && name.back() != '/');
    CHECK(gitio::check_path(name).has_value() || !holt::is_utf8(name) ||
          holt::lower(name).find("git") != std::string::npos || name.size() > 4096);
  }
  // libgit2 also takes names of one level, which are no references here.
  if (name.find('/') == name.npos || name.find('\0') != name.npos || name.size() > 1'000) return;
  int valid = 0;
  CHECK(::git_reference_name_is_valid(&valid, std::string(name).c_str()) == 0);
  // It overlooks DEL, which git refuses.
  CHECK(accepted == (valid == 1 && name.find('\x7f') == name.npos));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int started = ::git_libgit2_init();
  CHECK(started > 0);
  const auto text = holt::as_text({data, size});
  check_path(text);
  check_name(text);
  check_name("refs/heads/" + std::string(text));
  return 0;
}
