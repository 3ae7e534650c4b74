// Keyed BLAKE3 over chunks, tree nodes and ranges.
#include "domain/xetformat/hash.h"

#include <charconv>

#include "base/blake3.h"

namespace holt::xetformat {
namespace {

constexpr Blake3Key kDataKey{102, 151, 245, 119, 91,  149, 80,  222, 49,  53,  203,
                             172, 165, 151, 24,  28,  157, 228, 33,  16,  155, 235,
                             43,  88,  180, 208, 176, 75,  147, 173, 242, 41};
constexpr Blake3Key kNodeKey{1,   126, 197, 199, 165, 71,  41,  150, 253, 148, 102,
                             102, 180, 138, 2,   230, 93,  221, 83,  111, 55,  199,
                             109, 210, 248, 99,  82,  230, 74,  83,  113, 63};
constexpr Blake3Key kRangeKey{127, 24,  87,  214, 206, 86,  237, 102, 18,  127, 249,
                              19,  231, 165, 195, 243, 164, 205, 38,  213, 181, 219,
                              73,  230, 65,  36,  152, 127, 40,  251, 148, 195};
constexpr Blake3Key kFileSalt{};

constexpr std::uint64_t kGroupModulus = 4;
constexpr std::size_t kMinGroup = 3;
constexpr std::uint64_t kDedupModulus = 1024;

constexpr std::size_t kTextDigits = 64;
constexpr std::string_view kDigits = "0123456789abcdef";

XetHash hash_of(const Blake3Key& key, ByteSpan bytes) { return XetHash{blake3_keyed(key, bytes)}; }

// Position of the byte whose two digits are the i-th pair of the text form.
constexpr std::size_t byte_of_pair(std::size_t i) { return (i & ~std::size_t{7}) + (7 - (i & 7)); }

void write_text(const XetHash& hash, char* out) {
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    const std::uint8_t byte = hash.bytes[byte_of_pair(i)];
    out[2 * i] = kDigits[byte >> 4];
    out[2 * i + 1] = kDigits[byte & 15];
  }
}

std::uint8_t digit_value(char digit) {
  return static_cast<std::uint8_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

}  // namespace

std::optional<XetHash> XetHash::parse(std::string_view text) {
  if (!is_hex(text, kTextDigits)) return std::nullopt;
  XetHash hash;
  for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
    hash.bytes[byte_of_pair(i)] =
        static_cast<std::uint8_t>(digit_value(text[2 * i]) << 4 | digit_value(text[2 * i + 1]));
  }
  return hash;
}

std::string XetHash::text() const {
  std::string text(kTextDigits, '0');
  write_text(*this, text.data());
  return text;
}

std::uint64_t XetHash::last_word() const {
  std::uint64_t word = 0;
  for (std::size_t i = 32; i-- > 24;) word = word << 8 | bytes[i];
  return word;
}

XetHash chunk_hash(ByteSpan chunk) { return hash_of(kDataKey, chunk); }

XetHash xorb_hash(std::span<const Node> chunks) {
  TreeHasher tree;
  for (const Node& chunk : chunks) tree.add(chunk);
  return tree.root();
}

XetHash file_hash(std::span<const Node> chunks) {
  TreeHasher tree;
  for (const Node& chunk : chunks) tree.add(chunk);
  return tree.file_hash();
}

XetHash range_hash(std::span<const XetHash> chunks) {
  static_assert(sizeof(XetHash) == 32);
  return hash_of(kRangeKey,
                 {reinterpret_cast<const std::uint8_t*>(chunks.data()), chunks.size_bytes()});
}

XetHash protected_hash(const XetHash& key, const XetHash& chunk) {
  return key.is_zero() ? chunk : hash_of(key.bytes, chunk.bytes);
}

bool is_dedup_eligible(const XetHash& chunk) { return chunk.last_word() % kDedupModulus == 0; }

XetHash sha256_to_field(const Sha256Digest& digest) {
  XetHash field;
  for (std::size_t i = 0; i < digest.size(); ++i) field.bytes[byte_of_pair(i)] = digest[i];
  return field;
}

Sha256Digest sha256_from_field(const XetHash& field) {
  Sha256Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = field.bytes[byte_of_pair(i)];
  return digest;
}

// A group closes after its 9th member, or after the first from the 3rd on whose hash is a multiple
// of 4. What is left at the end of a level is its last group, so the rule needs no look ahead.
void TreeHasher::add_at(std::size_t level, const Node& node) {
  if (level == levels_.size()) levels_.emplace_back();
  Level& here = levels_[level];
  here.pending[here.count++] = node;
  if (here.count == kMaxGroup ||
      (here.count >= kMinGroup && node.hash.last_word() % kGroupModulus == 0)) {
    close_group(level);
  }
}

void TreeHasher::close_group(std::size_t level) {
  constexpr std::size_t kMaxLine = kTextDigits + 3 + 20 + 1;
  std::array<char, kMaxGroup * kMaxLine> lines;
  Level& here = levels_[level];
  Node parent;
  char* end = lines.data();
  for (std::size_t i = 0; i < here.count; ++i) {
    const Node& member = here.pending[i];
    write_text(member.hash, end);
    end += kTextDigits;
    for (const char c : {' ', ':', ' '}) *end++ = c;
    end = std::to_chars(end, lines.data() + lines.size(), member.length_bytes).ptr;
    *end++ = '\n';
    parent.length_bytes += member.length_bytes;
  }
  parent.hash =
      hash_of(kNodeKey, as_bytes({lines.data(), static_cast<std::size_t>(end - lines.data())}));
  here.count = 0;
  here.emitted = true;
  add_at(level + 1, parent);
}

XetHash TreeHasher::root() {
  for (std::size_t level = 0; level < levels_.size(); ++level) {
    const Level& here = levels_[level];
    if (!here.emitted && here.count == 1) return here.pending[0].hash;
    if (here.count > 0) close_group(level);
  }
  return {};
}

XetHash TreeHasher::file_hash() {
  if (levels_.empty()) return {};
  return hash_of(kFileSalt, root().bytes);
}

}  // namespace holt::xetformat
