// A pushed pack on its whole way in: git's own index-pack and rev-list in a quarantine, libgit2
// over what they accept, and every read that this room offers. What git accepts must be readable
// without an exception; damaged packs under a good index, as a failing disk makes them, end in an
// exception and never in wrong bytes.
//
// Input: a byte that says which way (odd: a damaged disk; even: a push), then records, each begun
// by 0x1E: a letter and its bytes.
//   c t b g   commit, tree, blob, tag; "$n" (n: 0-9, a-z) is the name of the n-th object before it,
//             in a tree as 20 bytes, else as 40 digits
//   d         n and a delta against object n
//   r         raw bytes in place of a pack entry
//   x         two bytes of position and one that is laid over the byte there (by exclusive or)
#include <zlib.h>

#include <algorithm>
#include <filesystem>

#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"
#include "io/gitio/gitio.h"
#include "io/gitio/pack_index.h"
#include "io/gitio/reader.h"
#include "io/gitio/tree.h"

namespace {

namespace fs = std::filesystem;
namespace gitio = holt::gitio;

constexpr std::size_t kMostObjects = 36;

struct Object {
  std::string type;  // empty: not one that can be named
  gitio::RawOid oid{};
};

struct Pack {
  std::vector<Object> objects;
  std::string bytes;
  std::string index;
};

std::string number(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
  return out;
}

std::string deflated(std::string_view plain) {
  uLongf size = compressBound(plain.size());
  std::string out(size, '\0');
  CHECK(compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                  reinterpret_cast<const Bytef*>(plain.data()), plain.size(), 1) == Z_OK);
  out.resize(size);
  return out;
}

std::string entry_head(int type, std::size_t size) {
  std::string out;
  auto byte = static_cast<unsigned>(type << 4 | static_cast<int>(size & 15));
  for (size >>= 4; size > 0; size >>= 7) {
    out += static_cast<char>(byte | 0x80);
    byte = size & 0x7f;
  }
  return out + static_cast<char>(byte);
}

std::optional<std::size_t> index_of(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::size_t>(c - '0');
  if (c >= 'a' && c <= 'z') return static_cast<std::size_t>(c - 'a' + 10);
  return std::nullopt;
}

std::string named(std::string_view text, const std::vector<Object>& objects, bool as_bytes) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = text[i] == '$' && i + 1 < text.size() ? index_of(text[i + 1]) : std::nullopt;
    if (!at || *at >= objects.size()) {
      out += text[i];
      continue;
    }
    const auto& oid = objects[*at].oid;
    out += as_bytes ? std::string(holt::as_text(oid)) : holt::to_hex(oid);
    ++i;
  }
  return out;
}

gitio::RawOid name_of(std::string_view type, std::string_view bytes) {
  holt::Sha1 hash;
  hash.update(std::string(type) + " " + std::to_string(bytes.size()) + std::string(1, '\0'));
  hash.update(bytes);
  return hash.finish();
}

Pack pack_of(std::string_view input) {
  Pack pack;
  std::vector<gitio::IndexEntry> entries;
  std::string body, patches;
  std::uint32_t count = 0;
  for (const auto record : holt::split(input, '\x1e')) {
    if (record.empty() || count == kMostObjects) continue;
    const char letter = record[0];
    auto rest = record.substr(1);
    if (letter == 'x') {
      patches += rest.substr(0, 3);
      patches.resize(patches.size() / 3 * 3);
      continue;
    }
    const std::size_t offset = 12 + body.size();
    Object object;
    int type = 0;
    if (letter == 'c')
      object.type = "commit", type = 1;
    else if (letter == 't')
      object.type = "tree", type = 2;
    else if (letter == 'b')
      object.type = "blob", type = 3;
    else if (letter == 'g')
      object.type = "tag", type = 4;
    if (type != 0) {
      const auto bytes = named(rest, pack.objects, type == 2);
      object.oid = name_of(object.type, bytes);
      body += entry_head(type, bytes.size()) + deflated(bytes);
    } else if (letter == 'd' && !rest.empty() && index_of(rest[0]) &&
               *index_of(rest[0]) < pack.objects.size()) {
      const auto base = pack.objects[*index_of(rest[0])].oid;
      rest.remove_prefix(1);
      object.oid = name_of("delta", rest);
      body += entry_head(7, rest.size()) + std::string(holt::as_text(base)) + deflated(rest);
    } else if (letter == 'r') {
      object.oid = name_of("raw", rest);
      body += rest;
    } else {
      continue;
    }
    ++count;
    if (std::ranges::none_of(entries, [&](const auto& e) { return e.oid == object.oid; }))
      entries.push_back({object.oid, 0, offset});
    pack.objects.push_back(std::move(object));
  }
  for (std::size_t i = 0; i + 3 <= patches.size() && !body.empty(); i += 3) {
    const auto at = (static_cast<std::size_t>(static_cast<std::uint8_t>(patches[i])) << 8 |
                     static_cast<std::uint8_t>(patches[i + 1])) %
                    body.size();
    body[at] = static_cast<char>(body[at] ^ patches[i + 2]);
  }
  pack.bytes = "PACK" + number(2) + number(count) + body;
  const auto checksum = holt::sha1(holt::as_bytes(pack.bytes));
  pack.bytes += holt::as_text(checksum);
  pack.index = gitio::build_index(entries, checksum);
  CHECK(gitio::is_index_of(holt::as_bytes(pack.index), checksum));
  CHECK(gitio::objects_of(holt::as_bytes(pack.index)).size() == entries.size());
  return pack;
}

// Everything that can be asked of a commit.
void read_commit(gitio::Reader& reader, const gitio::Oid& oid) {
  const auto commit = reader.find_commit(oid);
  if (!commit) return;
  CHECK(holt::is_utf8(commit->message) && holt::is_utf8(commit->author.name));
  static_cast<void>(commit->title().size() + commit->body().size());
  const auto listed = reader.list(commit->oid, "", gitio::Reader::Depth::recursive);
  CHECK(listed.has_value());
  std::size_t files = 0;
  for (const auto& entry : *listed) {
    CHECK(!entry.path.empty() && entry.oid.size() == 40);
    if (entry.kind == gitio::EntryKind::folder || entry.kind == gitio::EntryKind::submodule)
      continue;
    ++files;
    const auto blob = reader.read_blob(entry.oid, 1 << 20);
    CHECK(blob && blob->size() == entry.size_bytes);
    CHECK(gitio::blob_oid(holt::as_bytes(*blob)) == entry.oid);
  }
  const auto parent = commit->parents.empty() ? gitio::Oid() : commit->parents.front();
  const auto changes = reader.changes(parent, commit->oid);
  if (parent.empty()) CHECK(changes.size() <= files);
  CHECK(reader.diff_text(parent, commit->oid, 1 << 16).size() <= 1 << 16);
  static_cast<void>(reader.diff_raw(parent, commit->oid));
  const auto total = reader.count_commits(commit->oid);
  CHECK(total >= 1 && reader.log(commit->oid, 0, 100).size() == std::min<std::size_t>(total, 100));
  static_cast<void>(reader.last_changes(commit->oid, ""));
  for (const auto& change : changes) {
    if (change.kind == gitio::Change::Kind::removed) continue;
    const auto blame = reader.blame(commit->oid, change.path, 1 << 16, 1'000'000);
    if (blame) CHECK(blame->lines.size() <= blame->text.size() + 1);
  }
  CHECK(reader.is_ancestor(commit->oid, commit->oid));
  CHECK(reader.find_by_prefix(commit->oid.substr(0, 40)) == commit->oid);
  reader.each_reachable_blob({commit->oid}, [](const gitio::Oid&, std::string_view, std::uint64_t,
                                               const gitio::Commit&) { return true; });
}

void read_all(gitio::Reader& reader, const std::vector<Object>& objects) {
  for (const auto& object : objects) {
    const auto oid = gitio::hex_of(object.oid);
    const auto type = reader.object_type(oid);
    if (type && *type == "blob") static_cast<void>(reader.read_blob(oid, 1 << 20));
    if (type && (*type == "commit" || *type == "tag")) read_commit(reader, oid);
  }
}

// Files below the folder for temporary ones; gone with the process.
struct Place {
  fs::path folder = fs::temp_directory_path() / ("holt-pack-fuzz-" + holt::random_hex(12));
  fs::path objects = folder / "damaged" / "objects";
  std::unique_ptr<holt::blob::BlobStore> store;
  std::unique_ptr<gitio::RepositoryCache> cache;
  std::shared_ptr<gitio::Repository> repository;

  Place() {
    fs::create_directories(objects / "pack");
    store = holt::blob::open_disk_store(folder / "store");
    cache = std::make_unique<gitio::RepositoryCache>(folder / "cache", 2);
    repository = cache->open(1);
  }
  ~Place() {
    repository.reset();
    cache.reset();
    store.reset();
    fs::remove_all(folder);
  }
};

void write(const fs::path& path, std::string_view bytes) {
  fs::remove(path);
  holt::create_new(path)->write_all(holt::as_bytes(bytes));
}

void read_damaged(const Place& place, const Pack& pack) {
  write(place.objects / "pack" / "pack-1.pack", pack.bytes);
  write(place.objects / "pack" / "pack-1.idx", pack.index);
  auto objects = std::make_shared<gitio::Objects>(std::vector{place.objects});
  for (const auto& object : pack.objects) {
    try {
      // Bytes that come back have their name.
      if (const auto read = objects->read(object.oid))
        CHECK(name_of(gitio::type_name(read->type), read->bytes) == object.oid);
    } catch (const std::runtime_error&) {
    }
  }
  gitio::ObjectReader reader(objects, std::make_shared<gitio::ReaderCaches>());
  for (const auto& object : pack.objects) {
    try {
      read_all(reader, {object});
    } catch (const std::runtime_error&) {
    }
  }
}

void push(Place& place, const Pack& pack) {
  std::vector<gitio::Oid> tips;
  for (const auto& object : pack.objects)
    if (object.type == "commit" || object.type == "tag") tips.push_back(gitio::hex_of(object.oid));
  const fs::path body = place.folder / "body";
  write(body, "0000" + pack.bytes);
  auto received =
      gitio::receive_pack(*place.repository, *place.store, holt::open_for_reading(body), 4, tips);
  if (!received) {
    CHECK(received.error().kind == holt::Kind::invalid && !received.error().message.empty());
    return;
  }
  CHECK(received->size_bytes <= pack.bytes.size());
  if (received->pack) {
    CHECK(received->pack->size_bytes() == received->size_bytes);
    holt::Sha1Digest checksum;
    received->pack->file()->read_exactly(received->size_bytes - checksum.size(), checksum.data(),
                                         checksum.size());
    CHECK(gitio::is_index_of(holt::as_bytes(received->index), checksum));
  }
  read_all(*received->reader, pack.objects);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static Place place;
  const auto pack = pack_of(holt::as_text({data + 1, size - 1}));
  if (data[0] % 2 == 1)
    read_damaged(place, pack);
  else
    push(place, pack);
  return 0;
}
