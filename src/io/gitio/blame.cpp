// Which commit wrote each line of a file: versions of the file are compared pairwise, newest first,
// until every line is settled.
#include <git2.h>

#include <algorithm>
#include <stdexcept>

#include "base/time.h"
#include "io/gitio/reader.h"

namespace holt::gitio {
namespace {

struct Hunk {
  std::size_t old_start = 0, old_lines = 0, new_start = 0, new_lines = 0;  // starts from 0
};

int take_hunk(const git_diff_delta*, const git_diff_hunk* hunk, void* payload) {
  // git counts from 1, and names the line before where there are none.
  const auto start = [](int at, int lines) {
    return static_cast<std::size_t>(lines == 0 ? at : at - 1);
  };
  static_cast<std::vector<Hunk>*>(payload)->push_back(
      {start(hunk->old_start, hunk->old_lines), static_cast<std::size_t>(hunk->old_lines),
       start(hunk->new_start, hunk->new_lines), static_cast<std::size_t>(hunk->new_lines)});
  return 0;
}

std::vector<Hunk> differences(const std::string& before, const std::string& after) {
  git_diff_options options;
  if (::git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION) < 0)
    throw std::runtime_error("cannot compare two versions of a file");
  options.context_lines = 0;
  options.flags |= GIT_DIFF_FORCE_TEXT;
  std::vector<Hunk> hunks;
  if (::git_diff_buffers(before.data(), before.size(), nullptr, after.data(), after.size(), nullptr,
                         &options, nullptr, nullptr, take_hunk, nullptr, &hunks) < 0)
    throw std::runtime_error("cannot compare two versions of a file");
  return hunks;
}

std::size_t count_lines(std::string_view text) {
  const auto ends = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  return ends + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

// A line of the version looked at, and which line of the asked version it became.
struct Open {
  std::size_t here, final;
};

}  // namespace

Result<Reader::Blame> ObjectReader::blame(const Oid& commit, std::string_view path,
                                          std::uint64_t max_bytes, std::int64_t limit_us) {
  const auto oid_at = [&](const Oid& at) {
    const auto entry = find_entry(at, path);
    return entry && entry->kind != EntryKind::folder ? entry->oid : Oid();
  };
  Oid blob = oid_at(commit);
  if (blob.empty()) return fail(Kind::not_found, "There is no file " + std::string(path) + ".");
  Blame out;
  out.text = TRY(read_blob(blob, max_bytes));
  out.lines.assign(count_lines(out.text), 0);
  std::vector<Open> open;
  for (std::size_t i = 0; i < out.lines.size(); ++i) open.push_back({i, i});

  const auto began = monotonic_us();
  std::string here = out.text;
  for (Oid at = commit; !at.empty();) {
    const auto now = existing_commit(at);
    Oid older, older_blob;
    for (const auto& parent : now->parents) {
      const auto there = oid_at(parent);
      if (there == blob) {
        older = parent;  // this side has it as it is
        older_blob = there;
        break;
      }
      if (older.empty() && !there.empty()) {
        older = parent;
        older_blob = there;
      }
    }
    const bool out_of_time = monotonic_us() - began > limit_us;
    if (older_blob == blob && !out_of_time) {
      at = older;
      continue;
    }
    std::string before;
    bool readable = false;
    if (!older.empty() && !out_of_time) {
      if (auto read = read_blob(older_blob, max_bytes)) {
        before = std::move(*read);
        readable = true;
      }
    }
    const std::size_t index = out.commits.size();
    std::vector<Open> still;
    if (readable) {
      const auto hunks = differences(before, here);
      std::size_t next = 0;
      std::ptrdiff_t shift = 0;  // from here to before, after the hunks passed
      for (const auto& line : open) {
        while (next < hunks.size() && line.here >= hunks[next].new_start + hunks[next].new_lines) {
          shift += static_cast<std::ptrdiff_t>(hunks[next].old_lines) -
                   static_cast<std::ptrdiff_t>(hunks[next].new_lines);
          ++next;
        }
        if (next < hunks.size() && line.here >= hunks[next].new_start)
          out.lines[line.final] = index;
        else
          still.push_back({static_cast<std::size_t>(static_cast<std::ptrdiff_t>(line.here) + shift),
                           line.final});
      }
    } else {
      for (const auto& line : open) out.lines[line.final] = index;
      out.complete = older.empty();
    }
    if (still.size() != open.size() || open.empty()) out.commits.push_back(*now);
    open = std::move(still);
    if (open.empty()) break;
    here = std::move(before);
    blob = older_blob;
    at = older;
  }
  return out;
}

}  // namespace holt::gitio
