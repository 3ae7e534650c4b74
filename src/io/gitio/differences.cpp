// What differs between two commits: as a list, as raw lines, as a unified diff.
#include <fmt/format.h>
#include <git2.h>
#include <git2/sys/repository.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "io/gitio/reader.h"

namespace holt::gitio {
namespace {

constexpr std::int64_t kLargestTextFile = 8 << 20;

template <class T, void (*release)(T*)>
struct Release {
  void operator()(T* object) const { release(object); }
};
using RepositoryPtr = std::unique_ptr<git_repository, Release<git_repository, git_repository_free>>;
using TreePtr = std::unique_ptr<git_tree, Release<git_tree, git_tree_free>>;
using DiffPtr = std::unique_ptr<git_diff, Release<git_diff, git_diff_free>>;

void require(int status, const char* what) {
  if (status >= 0) return;
  const git_error* error = ::git_error_last();
  throw std::runtime_error(std::string(what) + ": " +
                           (error != nullptr ? error->message : "unknown error"));
}

TreePtr tree_of(git_repository* repository, const std::optional<RawOid>& oid) {
  if (!oid) return nullptr;
  git_oid name;
  std::memcpy(name.id, oid->data(), oid->size());
  git_tree* tree = nullptr;
  require(::git_tree_lookup(&tree, repository, &name), "cannot open a git tree");
  return TreePtr(tree);
}

struct Text {
  std::string out;
  std::uint64_t max_bytes;
};

// git ends the names of files with a tab where a space in them would puzzle patch(1).
std::string with_tabs(std::string_view header) {
  std::string out;
  while (!header.empty()) {
    const auto end = std::min(header.find('\n'), header.size());
    const auto line = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const bool names_file = line.starts_with("--- a/") || line.starts_with("+++ b/");
    out += line;
    if (names_file && line.find(' ', 4) != line.npos) out += '\t';
    out += '\n';
  }
  return out;
}

int take_line(const git_diff_delta*, const git_diff_hunk*, const git_diff_line* line,
              void* payload) {
  auto& text = *static_cast<Text*>(payload);
  const bool marked = line->origin == GIT_DIFF_LINE_CONTEXT ||
                      line->origin == GIT_DIFF_LINE_ADDITION ||
                      line->origin == GIT_DIFF_LINE_DELETION;
  std::string_view content(line->content, line->content_len);
  std::string header;
  if (line->origin == GIT_DIFF_LINE_FILE_HDR) content = header = with_tabs(content);
  if (text.out.size() + content.size() + (marked ? 1 : 0) > text.max_bytes) return GIT_EUSER;
  if (marked) text.out += line->origin;
  text.out += content;
  return 0;
}

// As git does with core.quotePath: what is not plain ASCII is quoted as in C.
std::string quoted_path(std::string_view path) {
  bool plain = true;
  std::string out = "\"";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte >= 0x20 && byte < 0x7f) {
      out += c;
      continue;
    } else {
      constexpr std::string_view kNamed = "\a\b\t\n\v\f\r";
      constexpr std::string_view kLetters = "abtnvfr";
      const auto named = kNamed.find(c);
      out += named == kNamed.npos ? fmt::format("\\{:03o}", byte)
                                  : std::string("\\") + kLetters[named];
    }
    plain = false;
  }
  return plain ? std::string(path) : out + "\"";
}

}  // namespace

void ObjectReader::report(const std::string& prefix, const std::optional<TreeItem>& before,
                          const std::optional<TreeItem>& after, const SeeDifference& see) {
  const TreeItem& any = before ? *before : *after;
  Difference difference{prefix + std::string(any.name), before, after};
  if (!any.is_folder()) {
    see(difference);
    return;
  }
  // Both are folders: sorted apart from files, they only meet each other.
  static const Tree kNothing;
  const auto tree_before = before ? tree_at(before->oid) : nullptr;
  const auto tree_after = after ? tree_at(after->oid) : nullptr;
  compare(tree_before ? *tree_before : kNothing, tree_after ? *tree_after : kNothing,
          difference.path + "/", see);
}

void ObjectReader::compare(const Tree& before, const Tree& after, const std::string& prefix,
                           const SeeDifference& see) {
  check_depth(prefix);
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < before.size() || j < after.size()) {
    const auto a = i < before.size() ? std::optional(before.at(i)) : std::nullopt;
    const auto b = j < after.size() ? std::optional(after.at(j)) : std::nullopt;
    const int order = !a   ? 1
                      : !b ? -1
                           : compare_names(a->name, a->is_folder(), b->name, b->is_folder());
    if (order <= 0) ++i;
    if (order >= 0) ++j;
    if (order == 0 && a->oid == b->oid && a->mode == b->mode) continue;
    report(prefix, order <= 0 ? a : std::nullopt, order >= 0 ? b : std::nullopt, see);
  }
}

std::vector<Change> ObjectReader::changes(const Oid& from, const Oid& to) {
  std::vector<Change> out;
  const auto before = root_of(from);
  const auto after = root_of(to);
  const auto file = [](const std::optional<TreeItem>& item) {
    return item && kind_of(item->mode) != EntryKind::submodule ? hex_of(item->oid) : std::string();
  };
  compare(*before, *after, "", [&](const Difference& difference) {
    Change change{Change::Kind::modified, difference.path, file(difference.before),
                  file(difference.after)};
    if (change.old_oid.empty() && change.new_oid.empty()) return;
    if (change.old_oid.empty()) change.kind = Change::Kind::added;
    if (change.new_oid.empty()) change.kind = Change::Kind::removed;
    out.push_back(std::move(change));
  });
  return out;
}

std::string ObjectReader::diff_raw(const Oid& from, const Oid& to) {
  std::string out;
  const auto before = root_of(from);
  const auto after = root_of(to);
  const auto type_bits = [](const TreeItem& item) { return item.mode & 0170000; };
  compare(*before, *after, "", [&](const Difference& d) {
    const char letter = !d.before                                     ? 'A'
                        : !d.after                                    ? 'D'
                        : type_bits(*d.before) != type_bits(*d.after) ? 'T'
                                                                      : 'M';
    out += fmt::format(":{:06o} {:06o} {} {} {}\t{}\n", d.before ? d.before->mode : 0,
                       d.after ? d.after->mode : 0, hex_of(d.before ? d.before->oid : RawOid{}),
                       hex_of(d.after ? d.after->oid : RawOid{}), letter, quoted_path(d.path));
  });
  return out;
}

std::string ObjectReader::diff_text(const Oid& from, const Oid& to, std::uint64_t max_bytes) {
  const auto root = [this](const Oid& commit) -> std::optional<RawOid> {
    if (commit.empty()) return std::nullopt;
    return checked_oid(existing_commit(commit)->tree);
  };
  const auto before = root(from);
  const auto after = root(to);
  if (!before && !after) return {};
  Text text{{}, max_bytes};
  objects_->with_handle([&](git_odb* odb) {
    git_repository* wrapped = nullptr;
    require(::git_repository_wrap_odb(&wrapped, odb), "cannot compare git trees");
    const RepositoryPtr repository(wrapped);
    const TreePtr old_tree = tree_of(repository.get(), before);
    const TreePtr new_tree = tree_of(repository.get(), after);
    git_diff_options options;
    require(::git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION),
            "cannot compare git trees");
    options.max_size = kLargestTextFile;
    options.id_abbrev = 7;
    git_diff* found = nullptr;
    require(
        ::git_diff_tree_to_tree(&found, repository.get(), old_tree.get(), new_tree.get(), &options),
        "cannot compare git trees");
    const DiffPtr diff(found);
    const int status = ::git_diff_print(diff.get(), GIT_DIFF_FORMAT_PATCH, take_line, &text);
    if (status != GIT_EUSER) require(status, "cannot compare git trees");
  });
  return std::move(text.out);
}

}  // namespace holt::gitio
