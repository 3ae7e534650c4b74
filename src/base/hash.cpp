// Digests by OpenSSL. Algorithms are fetched once: a fetch per digest costs more than hashing 1
// KiB.
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdexcept>
#include <utility>

#include "base/result.h"

namespace holt {
namespace {

const EVP_MD* fetch(const char* name) {
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  if (algorithm == nullptr) {
    throw std::runtime_error(std::string("OpenSSL has no ") + name + " in this configuration");
  }
  return algorithm;
}

// Kept for the life of the process: immutable and shared by every thread.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = fetch("SHA256");
  return algorithm;
}
const EVP_MD* sha1_algorithm() {
  static const EVP_MD* const algorithm = fetch("SHA1");
  return algorithm;
}

void* begin(const EVP_MD* algorithm) {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  if (context == nullptr || EVP_DigestInit_ex(context, algorithm, nullptr) != 1) {
    EVP_MD_CTX_free(context);
    throw std::runtime_error("OpenSSL cannot begin a digest");
  }
  return context;
}

void end(void* context) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

void feed(void* context, ByteSpan bytes) {
  CHECK(EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context), bytes.data(), bytes.size()) == 1);
}

template <class Digest>
Digest result_of(void* context) {
  Digest digest{};
  unsigned int length = 0;
  CHECK(EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context), digest.data(), &length) == 1);
  CHECK(length == digest.size());
  return digest;
}

template <class Digest>
Digest digest_at_once(ByteSpan bytes, const EVP_MD* algorithm) {
  Digest digest{};
  unsigned int length = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, algorithm, nullptr) == 1);
  CHECK(length == digest.size());
  return digest;
}

}  // namespace

Sha256::Sha256() : context_(begin(sha256_algorithm())) {}
Sha256::~Sha256() { end(context_); }
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}
void Sha256::update(ByteSpan bytes) { feed(context_, bytes); }
Sha256Digest Sha256::finish() { return result_of<Sha256Digest>(context_); }

Sha1::Sha1() : context_(begin(sha1_algorithm())) {}
Sha1::~Sha1() { end(context_); }
Sha1::Sha1(Sha1&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha1& Sha1::operator=(Sha1&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}
void Sha1::update(ByteSpan bytes) { feed(context_, bytes); }
Sha1Digest Sha1::finish() { return result_of<Sha1Digest>(context_); }

Sha256Digest sha256(ByteSpan bytes) {
  return digest_at_once<Sha256Digest>(bytes, sha256_algorithm());
}
std::string sha256_hex(std::string_view text) { return to_hex(sha256(as_bytes(text))); }
Sha1Digest sha1(ByteSpan bytes) { return digest_at_once<Sha1Digest>(bytes, sha1_algorithm()); }

Sha256Digest hmac_sha256(std::string_view key, std::string_view message) {
  Sha256Digest digest{};
  unsigned int length = 0;
  const ByteSpan bytes = as_bytes(message);
  // A null key pointer would mean "reuse the last key"; an empty view may carry one.
  const char* key_data = key.empty() ? "" : key.data();
  CHECK(HMAC(sha256_algorithm(), key_data, static_cast<int>(key.size()), bytes.data(), bytes.size(),
             digest.data(), &length) != nullptr);
  CHECK(length == digest.size());
  return digest;
}

}  // namespace holt
