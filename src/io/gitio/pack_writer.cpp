// The pack stream: header, entries without deltas, checksum.
// Format: git's Documentation/technical/pack-format.
#include "io/gitio/pack_writer.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <stdexcept>

#include "io/gitio/commit_text.h"
#include "io/gitio/tree_editor.h"

namespace holt::gitio {
namespace {

// A pack up to this size is built in memory and written once.
constexpr std::size_t kSmallPackBytes = 1 << 20;
constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kSampleBytes = 64 << 10;
constexpr int kQuickLevel = 1;

int pack_type(ObjectType type) {
  switch (type) {
    case ObjectType::commit:
      return 1;
    case ObjectType::tree:
      return 2;
    case ObjectType::blob:
      return 3;
    case ObjectType::tag:
      return 4;
  }
  CHECK(false);
}

std::string pack_header(std::uint32_t count) {
  std::string out("PACK\0\0\0\2", 8);
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(count >> shift & 0xff);
  return out;
}

// The type and, seven bits a byte after the first four, the length.
std::string entry_header(ObjectType type, std::uint64_t length) {
  std::string out;
  auto byte = static_cast<unsigned>(pack_type(type) << 4) | static_cast<unsigned>(length & 15);
  for (length >>= 4; length != 0; length >>= 7) {
    out += static_cast<char>(byte | 0x80);
    byte = static_cast<unsigned>(length & 0x7f);
  }
  out += static_cast<char>(byte);
  return out;
}

}  // namespace

// One zlib state for all objects of a pack.
struct StreamingPackWriter::Deflater {
  z_stream stream{};
  Bytes out;
  int level = kQuickLevel;
  Deflater() {
    if (::deflateInit(&stream, kQuickLevel) != Z_OK) throw std::runtime_error("cannot start zlib");
    out.resize(64 << 10);
  }
  ~Deflater() { ::deflateEnd(&stream); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void begin(int wanted_level) {
    if (::deflateReset(&stream) != Z_OK) throw std::runtime_error("cannot reset zlib");
    if (wanted_level == level) return;
    if (::deflateParams(&stream, wanted_level, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("cannot set zlib's level");
    level = wanted_level;
  }

  template <class Take>
  void feed(ByteSpan bytes, int flush, const Take& take) {
    do {
      const std::size_t part =
          std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max() / 2);
      stream.next_in = const_cast<Bytef*>(bytes.data());
      stream.avail_in = static_cast<uInt>(part);
      bytes = bytes.subspan(part);
      const int flush_now = bytes.empty() ? flush : Z_NO_FLUSH;
      int status = Z_OK;
      do {
        stream.next_out = out.data();
        stream.avail_out = static_cast<uInt>(out.size());
        status = ::deflate(&stream, flush_now);
        if (status == Z_STREAM_ERROR) throw std::runtime_error("zlib failed to deflate");
        take(ByteSpan(out.data(), out.size() - stream.avail_out));
      } while (stream.avail_out == 0 && status != Z_STREAM_END);
    } while (!bytes.empty());
  }

  // Bytes that a quick look cannot make clearly smaller are stored as they are.
  int level_for(ByteSpan beginning, std::uint64_t length) {
    if (length <= 2 * kSampleBytes) return kQuickLevel;
    begin(kQuickLevel);
    std::size_t deflated = 0;
    feed(beginning, Z_FINISH, [&](ByteSpan bytes) { deflated += bytes.size(); });
    return deflated * 10 > beginning.size() * 9 ? 0 : kQuickLevel;
  }
};

StreamingPackWriter::StreamingPackWriter(std::shared_ptr<ObjectReader> reader,
                                         blob::BlobStore& store)
    : reader_(std::move(reader)), store_(store), deflater_(std::make_unique<Deflater>()) {
  write(as_bytes(pack_header(0)));
}

StreamingPackWriter::~StreamingPackWriter() = default;

void StreamingPackWriter::write(ByteSpan bytes) {
  entry_crc32_ = static_cast<std::uint32_t>(::crc32_z(entry_crc32_, bytes.data(), bytes.size()));
  size_bytes_ += bytes.size();
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  if (buffer_.size() > kSmallPackBytes) spill();
}

void StreamingPackWriter::spill() {
  if (!staged_) staged_ = store_.stage();
  staged_->write(buffer_);
  buffer_.clear();
}

RawOid StreamingPackWriter::add(ObjectType type, std::uint64_t length, ByteSpan beginning,
                                const Pieces& pieces) {
  Sha1 hash;
  hash.update(std::string(type_name(type)) + " " + std::to_string(length) + std::string(1, '\0'));
  pieces([&](ByteSpan piece) { hash.update(piece); });
  const RawOid oid = hash.finish();
  if (added_.contains(oid)) return oid;
  CHECK(entries_.size() < std::numeric_limits<std::uint32_t>::max());

  const std::uint64_t offset = size_bytes_;
  // A large tree is mostly object names, and a commit waits while it is deflated; merging packs
  // later stores it as a difference.
  const bool as_is = type == ObjectType::tree && length > kSampleBytes;
  const int level = as_is ? 0 : deflater_->level_for(beginning, length);
  entry_crc32_ = 0;
  write(as_bytes(entry_header(type, length)));
  deflater_->begin(level);
  const auto take = [this](ByteSpan bytes) { write(bytes); };
  pieces([&](ByteSpan piece) { deflater_->feed(piece, Z_NO_FLUSH, take); });
  deflater_->feed({}, Z_FINISH, take);
  entries_.push_back({oid, entry_crc32_, offset});
  added_.emplace(oid, type);
  return oid;
}

RawOid StreamingPackWriter::add(ObjectType type, ByteSpan content) {
  return add(type, content.size(), content.first(std::min(content.size(), kSampleBytes)),
             [content](const auto& take) { take(content); });
}

Oid StreamingPackWriter::add_blob(ByteSpan content) {
  return hex_of(add(ObjectType::blob, content));
}

Oid StreamingPackWriter::add_blob(const SharedFile& file, std::uint64_t offset,
                                  std::uint64_t length) {
  Bytes beginning(static_cast<std::size_t>(std::min<std::uint64_t>(length, kSampleBytes)));
  file->read_exactly(offset, beginning.data(), beginning.size());
  return hex_of(add(ObjectType::blob, length, beginning, [&](const auto& take) {
    Bytes piece(static_cast<std::size_t>(std::min<std::uint64_t>(length, kPieceBytes)));
    for (std::uint64_t done = 0; done < length;) {
      const auto part =
          static_cast<std::size_t>(std::min<std::uint64_t>(length - done, piece.size()));
      file->read_exactly(offset + done, piece.data(), part);
      take(ByteSpan(piece.data(), part));
      done += part;
    }
  }));
}

Result<Oid> StreamingPackWriter::add_tree(const Oid& base_commit_or_empty,
                                          const std::vector<Edit>& edits) {
  std::shared_ptr<const Tree> root;
  Oid root_oid;
  if (!base_commit_or_empty.empty()) {
    root_oid = reader_->existing_commit(base_commit_or_empty)->tree;
    root = reader_->tree_at(checked_oid(root_oid));
  }
  TreeEditor editor(std::move(root), [this](const RawOid& oid) { return reader_->tree_at(oid); });
  for (const Edit& edit : edits) {
    TRY_VOID(editor.apply(edit));
    if (edit.kind != Edit::Kind::put || edit.entry_kind == EntryKind::submodule) continue;
    const RawOid oid = checked_oid(edit.blob);
    const auto added = added_.find(oid);
    const bool is_blob = added != added_.end() ? added->second == ObjectType::blob
                                               : reader_->object_type(edit.blob) == "blob";
    if (!is_blob) {
      return fail(Kind::invalid, "The content " + edit.blob + " given for \"" + edit.path +
                                     "\" is not in this repository.");
    }
  }
  const auto changed = editor.write(
      [this](std::string_view bytes) { return add(ObjectType::tree, as_bytes(bytes)); });
  if (changed) return hex_of(*changed);
  if (!root_oid.empty()) return root_oid;
  return hex_of(add(ObjectType::tree, {}));
}

Oid StreamingPackWriter::add_commit(const Oid& tree, const std::vector<Oid>& parents,
                                    const Signature& author, const Signature& committer,
                                    std::string_view message) {
  return hex_of(
      add(ObjectType::commit, as_bytes(format_commit(tree, parents, author, committer, message))));
}

Oid StreamingPackWriter::add_tag(const Oid& target_commit, std::string_view name,
                                 const Signature& tagger, std::string_view message) {
  return hex_of(
      add(ObjectType::tag, as_bytes(format_tag(target_commit, "commit", name, tagger, message))));
}

PackWriter::Finished StreamingPackWriter::finish() {
  const std::string header = pack_header(static_cast<std::uint32_t>(entries_.size()));
  Sha1 checksum;
  Sha256 address;
  if (!staged_) {
    std::copy(header.begin(), header.end(), buffer_.begin());
    checksum.update(buffer_);
    address.update(buffer_);
  } else {
    // The number of objects stands at the very start, so the hashes begin only now.
    spill();
    const SharedFile file = staged_->file();
    file->write_at(0, as_bytes(header));
    Bytes piece(kPieceBytes);
    for (std::uint64_t done = 0; done < size_bytes_;) {
      const auto part =
          static_cast<std::size_t>(std::min<std::uint64_t>(size_bytes_ - done, piece.size()));
      file->read_exactly(done, piece.data(), part);
      checksum.update(ByteSpan(piece.data(), part));
      address.update(ByteSpan(piece.data(), part));
      done += part;
    }
  }
  const Sha1Digest pack_checksum = checksum.finish();
  address.update(pack_checksum);
  write(pack_checksum);
  spill();

  Finished out;
  out.pack = std::move(staged_);
  out.sha256 = to_hex(address.finish());
  out.size_bytes = size_bytes_;
  out.index = build_index(entries_, pack_checksum);
  out.pack_checksum = to_hex(pack_checksum);
  return out;
}

}  // namespace holt::gitio
