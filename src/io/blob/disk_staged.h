// A file in the staging folder of a local store, while it is written.
#pragma once

#include "base/direct_io.h"
#include "io/blob/blob.h"

namespace holt::blob {

[[noreturn]] void fail_with(int error, const std::string& what);
// Throws StorageFull when hardly any space is left.
void refuse_when_full(const std::filesystem::path& folder);

// Small files stay in memory until they are whole and then lie in the page cache for their first
// reader. What grows larger goes to the disk directly, block by block.
class DiskStaged final : public Staged {
 public:
  DiskStaged(std::filesystem::path path, SharedFile file)
      : path_(std::move(path)), file_(std::move(file)) {}
  ~DiskStaged() override;

  void write(ByteSpan bytes) override;
  std::uint64_t size_bytes() const override { return size_bytes_; }
  const SharedFile& file() const override;
  const std::filesystem::path& path() const override;

  void keep() { kept_ = true; }

 private:
  enum class Way { undecided, direct, cached };

  void hold(ByteSpan bytes);
  void send(ByteSpan bytes) const;  // a multiple of kDirectAlignment, aligned, unless cached
  ByteSpan send_directly(ByteSpan bytes) const;  // returns what could not be sent this way
  void flush() const;

  std::filesystem::path path_;
  SharedFile file_;
  mutable AlignedBuffer buffer_;
  mutable std::size_t held_ = 0;
  mutable Way way_ = Way::undecided;
  mutable std::uint64_t sent_bytes_ = 0;
  mutable std::uint64_t begun_bytes_ = 0;    // of write-back
  mutable std::uint64_t checked_bytes_ = 0;  // when the free space was last looked at
  std::uint64_t size_bytes_ = 0;
  bool kept_ = false;
};

}  // namespace holt::blob
