// Terms of a file as the catalog keeps them; docs/formats/xet_terms.md.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "domain/content/impl.h"

namespace holt::content {
namespace {

// Never change: these bytes are in existing catalogs.
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kTermBytes = 44;

void put_u32(Bytes& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t get_u32(const std::uint8_t* from) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | from[i];
  return value;
}

}  // namespace

Bytes encode_terms(const std::vector<xetformat::Term>& terms) {
  Bytes out;
  out.reserve(1 + terms.size() * kTermBytes);
  out.push_back(kVersion);
  for (const auto& term : terms) {
    out.insert(out.end(), term.xorb.bytes.begin(), term.xorb.bytes.end());
    put_u32(out, term.unpacked_length);
    put_u32(out, term.chunk_start);
    put_u32(out, term.chunk_end);
  }
  return out;
}

std::vector<xetformat::Term> decode_terms(ByteSpan bytes) {
  if (bytes.empty() || bytes[0] != kVersion || (bytes.size() - 1) % kTermBytes != 0)
    throw std::runtime_error("the terms of a xet file in the catalog are of an unknown form");
  std::vector<xetformat::Term> terms((bytes.size() - 1) / kTermBytes);
  const std::uint8_t* at = bytes.data() + 1;
  for (auto& term : terms) {
    std::memcpy(term.xorb.bytes.data(), at, 32);
    term.unpacked_length = get_u32(at + 32);
    term.chunk_start = get_u32(at + 36);
    term.chunk_end = get_u32(at + 40);
    at += kTermBytes;
  }
  return terms;
}

std::vector<std::string> xorbs_of(const std::vector<xetformat::Term>& terms) {
  std::vector<xetformat::XetHash> hashes;
  hashes.reserve(terms.size());
  for (const auto& term : terms) hashes.push_back(term.xorb);
  std::sort(hashes.begin(), hashes.end());
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  std::vector<std::string> names;
  names.reserve(hashes.size());
  for (const auto& hash : hashes) names.push_back(hash.text());
  return names;
}

}  // namespace holt::content
