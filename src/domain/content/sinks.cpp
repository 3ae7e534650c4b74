// Bodies on their way into the store's staging.
#include "domain/content/content.h"

namespace holt::content {

Result<void> HashingSink::write(ByteSpan bytes) {
  hash_.update(bytes);
  staged_->write(bytes);
  return {};
}

std::string HashingSink::sha256_hex() { return to_hex(hash_.finish()); }

Result<void> StagingSink::write(ByteSpan bytes) {
  staged_->write(bytes);
  return {};
}

}  // namespace holt::content
