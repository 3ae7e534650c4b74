// Sound objects from a backup, and from another Holt.
#include "domain/upkeep/source.h"

#include <algorithm>
#include <utility>

#include "base/direct_io.h"
#include "domain/upkeep/objects.h"
#include "domain/upkeep/upkeep.h"
#include "io/fetch/fetch.h"

namespace holt::upkeep {
namespace {

constexpr std::size_t kPartBytes = 4 << 20;
// More than any object of a sane hub; whatever comes is verified before it is used.
constexpr std::uint64_t kLargestObject = std::uint64_t{1} << 44;

class Backup final : public Source {
 public:
  explicit Backup(std::unique_ptr<blob::BlobStore> store) : store_(std::move(store)) {}

  Result<std::unique_ptr<blob::Staged>> copy(const blob::Key& key, blob::BlobStore& to) override {
    const auto file = store_->open(key);
    if (!file) return nullptr;
    auto staged = to.stage();
    OnceReader reader;
    const std::uint64_t size = file->size_bytes();
    for (std::uint64_t at = 0; at < size; at += kPartBytes)
      staged->write(reader.read(
          file, at, static_cast<std::size_t>(std::min<std::uint64_t>(kPartBytes, size - at))));
    return staged;
  }

 private:
  std::unique_ptr<blob::BlobStore> store_;
};

class OtherHub final : public Source {
 public:
  OtherHub(std::string url, std::string token) : url_(std::move(url)), token_(std::move(token)) {
    while (url_.ends_with('/')) url_.pop_back();
  }

  Result<std::unique_ptr<blob::Staged>> copy(const blob::Key& key, blob::BlobStore& to) override {
    fetch::Wish wish;
    wish.url = url_ + "/api/admin/objects/" + std::string(class_word(key.kind)) + "/" + key.hash;
    wish.bearer = token_;
    wish.max_bytes = kLargestObject;
    auto staged = to.stage();
    const auto got = fetch::get(wish, [&](ByteSpan bytes) { staged->write(bytes); });
    if (got) return staged;
    if (got.error().kind == Kind::not_found) return nullptr;
    return fail(got.error());
  }

 private:
  std::string url_, token_;
};

}  // namespace

Result<std::unique_ptr<Source>> open_backup(const std::filesystem::path& backup,
                                            const std::filesystem::path& data_folder) {
  namespace fs = std::filesystem;
  if (!fs::exists(backup / "format") || !fs::exists(backup / "objects"))
    return fail(Kind::invalid,
                backup.string() + " is no backup: name a folder that `holt backup` has made.");
  std::error_code ignored;
  if (fs::equivalent(backup, data_folder, ignored))
    return fail(Kind::invalid, backup.string() + " is the data folder itself.");
  return std::make_unique<Backup>(blob::open_disk_store(backup));
}

std::unique_ptr<Source> open_other_hub(std::string url, std::string token) {
  return std::make_unique<OtherHub>(std::move(url), std::move(token));
}

}  // namespace holt::upkeep
