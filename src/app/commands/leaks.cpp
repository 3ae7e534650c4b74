// holt token revoke-leaked: finds this hub's tokens in any text and ends them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

#include "app/commands/line.h"
#include "base/file.h"
#include "base/time.h"

namespace holt::app {
namespace {

constexpr int kLiveOnesFound = 3;
constexpr std::size_t kPiece = 1 << 20;
constexpr std::size_t kOverlap = 256;  // no token is longer

struct Wish {
  std::string file;
  bool repositories = false, dry_run = false;
};

// What was found so far; each token once, at the first place.
class Hunt {
 public:
  Hunt(Hub& hub, bool dry_run) : hub_(hub), dry_run_(dry_run) {}

  void look(std::string_view text, const std::function<std::string(std::size_t offset)>& where) {
    for (const auto& found : hub_.auth->find_tokens(text)) {
      if (!seen_.insert(found.token.key).second) continue;
      const std::string place = where(found.offset);
      print(fmt::format("{}: {}\n", place, in_words(found, place)));
    }
  }

  std::size_t found() const { return seen_.size(); }
  std::size_t live() const { return live_; }

 private:
  std::string in_words(const auth::Auth::FoundToken& found, std::string_view place) {
    std::string out = fmt::format(
        "token \"{}\" of {}, ending in {}, last used {}", found.token.name, found.owner.name,
        found.token.last_four,
        found.token.last_used_at ? iso8601(*found.token.last_used_at) : std::string("never"));
    if (!found.live)
      return out + (found.token.revoked_at ? ": was revoked before" : ": has expired");
    ++live_;
    if (dry_run_) return out + ": is LIVE";
    return out + (hub_.auth->revoke_leaked(found.token, found.owner, place)
                      ? ": was LIVE, and is revoked now"
                      : ": was LIVE, and somebody revoked it just now");
  }

  Hub& hub_;
  bool dry_run_;
  std::set<std::int64_t> seen_;
  std::size_t live_ = 0;
};

// `read` fills a buffer and says how much; 0 is the end.
void look_through(Hunt& hunt, std::string_view name,
                  const std::function<std::size_t(char* into, std::size_t size)>& read) {
  std::string text;
  std::int64_t lines_before = 0;
  for (;;) {
    const std::size_t kept = text.size();
    text.resize(kept + kPiece);
    const auto count = read(text.data() + kept, kPiece);
    text.resize(kept + count);
    if (count == 0) return;
    hunt.look(text, [&](std::size_t offset) {
      const auto line =
          lines_before + 1 +
          std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
      return fmt::format("{}:{}", name, line);
    });
    const std::size_t passed = text.size() - std::min(text.size(), kOverlap);
    lines_before +=
        std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(passed), '\n');
    text.erase(0, passed);
  }
}

Result<void> look_through_file(Hunt& hunt, const std::string& path) {
  if (path == "-") {
    look_through(hunt, "standard input", [](char* into, std::size_t size) {
      const auto count = std::fread(into, 1, size, stdin);
      if (count == 0 && std::ferror(stdin) != 0)
        throw std::runtime_error("standard input cannot be read");
      return count;
    });
    return {};
  }
  const auto file = open_for_reading(path);
  if (!file) return fail(Kind::not_found, "There is no file " + path + ".");
  std::uint64_t at = 0;
  look_through(hunt, path, [&](char* into, std::size_t size) {
    const auto count = static_cast<std::size_t>(
        std::min<std::uint64_t>(size, file->size_bytes() - std::min(at, file->size_bytes())));
    file->read_exactly(at, into, count);
    at += count;
    return count;
  });
  return {};
}

void look_through_repositories(Hunt& hunt, Hub& hub) {
  hub.upkeep->each_repository([&](const repos::Visible& repo) {
    const std::string name =
        fmt::format("{} {}", repos::type_name(repo.repo().id.type), repo.repo().id.full());
    hub.git->each_text(
        repo, [&](std::string_view path, const gitio::Oid& commit, std::string_view text) {
          hunt.look(text, [&](std::size_t offset) {
            const auto line = 1 + std::ranges::count(text.substr(0, offset), '\n');
            return fmt::format("{}: {}:{} (commit {})", name, path, line, commit.substr(0, 12));
          });
          return true;
        });
  });
}

}  // namespace

void add_revoke_leaked(CLI::App& token, Line& line) {
  auto wish = std::make_shared<Wish>();
  CLI::App& command =
      *token.add_subcommand("revoke-leaked",
                            "Finds this hub's tokens in a text (a log, `git log -p --all`, a "
                            "scanner's report) and revokes "
                            "them. Ends with 0 when none was live, with 3 when some were.");
  command.add_option("file", wish->file, "The text; - is standard input.")->type_name("FILE");
  command.add_flag("--repos", wish->repositories,
                   "Looks through the text files of all repositories of this hub, every version.");
  command.add_flag("--dry-run", wish->dry_run, "Only says what it finds.");
  on_hub(command, line, [wish, &line](Hub& hub) -> Result<void> {
    if (wish->file.empty() && !wish->repositories)
      return fail(Kind::invalid, "Name a file (- is standard input), or say --repos.");
    Hunt hunt(hub, wish->dry_run);
    if (!wish->file.empty()) TRY_VOID(look_through_file(hunt, wish->file));
    if (wish->repositories) look_through_repositories(hunt, hub);
    print(fmt::format("{} tokens of this hub found, {} of them live{}\n", hunt.found(), hunt.live(),
                      hunt.live() == 0 ? ""
                      : wish->dry_run  ? " (nothing was revoked)"
                                       : " and revoked now"));
    if (hunt.live() > 0) line.status = kLiveOnesFound;
    return {};
  });
}

}  // namespace holt::app
