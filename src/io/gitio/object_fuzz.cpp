// Trees, commits and tags as strangers' packs hold them, and indexes as a damaged disk may hold
// them: refused by an exception, or read within their bounds. The first byte chooses the reader.
#include <cstring>
#include <stdexcept>

#include "base/text.h"
#include "io/gitio/commit_text.h"
#include "io/gitio/pack_index.h"
#include "io/gitio/tree.h"

namespace {

namespace gitio = holt::gitio;

void check_tree(std::string_view bytes) {
  const gitio::Tree tree{std::string(bytes)};
  std::string again;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto item = tree.at(i);
    CHECK(!item.name.empty() && item.name.find('\0') == std::string_view::npos);
    if (const auto found = tree.find(item.name)) CHECK(found->name == item.name);
    again += tree.entry_bytes(i);
    std::string written;
    gitio::append_entry(written, item.mode, item.name, item.oid);
    if (gitio::kind_of(item.mode) == gitio::EntryKind::folder && item.is_folder())
      CHECK(
          written.ends_with(std::string(item.name) + '\0' + std::string(holt::as_text(item.oid))));
  }
  CHECK(again == bytes);
}

void check_commit(std::string_view bytes) {
  const auto commit = gitio::parse_commit({}, bytes);
  CHECK(holt::is_hex(commit.tree, 40));
  for (const auto& parent : commit.parents) CHECK(holt::is_hex(parent, 40));
  for (const auto* text : {&commit.message, &commit.author.name, &commit.author.email,
                           &commit.committer.name, &commit.committer.email})
    CHECK(holt::is_utf8(*text));
  CHECK(commit.author.offset_minutes >= -6'000 && commit.author.offset_minutes <= 6'000);
  // Written anew and read it says the same, but for what git takes out of names.
  const auto text = gitio::format_commit(commit.tree, commit.parents, commit.author,
                                         commit.committer, commit.message);
  const auto again = gitio::parse_commit({}, text);
  CHECK(again.tree == commit.tree && again.parents == commit.parents);
  const auto twice =
      gitio::format_commit(again.tree, again.parents, again.author, again.committer, again.message);
  CHECK(twice == text);
}

void check_tag(std::string_view bytes) {
  const auto target = gitio::hex_of(gitio::tag_target(bytes));
  CHECK(bytes.starts_with("object " + target));
}

void check_index(std::string_view bytes) {
  if (bytes.size() < sizeof(holt::Sha1Digest)) return;
  holt::Sha1Digest checksum;
  std::memcpy(checksum.data(), bytes.data(), checksum.size());
  bytes.remove_prefix(checksum.size());
  // With its last checksum made right, so that the rest is looked at too.
  std::string index(bytes);
  if (index.size() >= checksum.size()) {
    const auto whole = holt::sha1(holt::as_bytes(index).first(index.size() - checksum.size()));
    index.replace(index.size() - whole.size(), whole.size(), holt::as_text(whole));
  }
  if (gitio::is_index_of(holt::as_bytes(index), checksum))
    CHECK(gitio::objects_of(holt::as_bytes(index)).size() * 28 <= index.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = holt::as_text({data + 1, size - 1});
  try {
    switch (data[0] % 4) {
      case 0:
        check_tree(bytes);
        break;
      case 1:
        check_commit(bytes);
        break;
      case 2:
        check_tag(bytes);
        break;
      default:
        check_index(bytes);
    }
  } catch (const std::runtime_error& error) {
    CHECK(std::string_view(error.what()).starts_with("malformed git "));
  }
  return 0;
}
