// Multipart uploads in flight.
#include "domain/lfs/uploads.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include <fmt/format.h>

namespace holt::lfs {
namespace {

constexpr std::uint64_t kPartBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxParts = 1000;
constexpr std::size_t kMaxOpenUploads = 512;  // each holds a file descriptor
constexpr std::size_t kReadBytes = 256 << 10;

}  // namespace

std::uint64_t part_bytes_for(std::uint64_t size_bytes) {
  const std::uint64_t least = (size_bytes + kMaxParts - 1) / kMaxParts;
  return std::max(kPartBytes, (least + (1 << 20) - 1) >> 20 << 20);
}

std::uint64_t part_count(std::uint64_t size_bytes, std::uint64_t part_bytes) {
  return std::max<std::uint64_t>(1, (size_bytes + part_bytes - 1) / part_bytes);
}

class Upload {
 public:
  Upload(const Link& link, std::unique_ptr<blob::Staged> staged)
      : link_(link),
        staged_(std::move(staged)),
        file_(staged_->file()),
        parts_(part_count(link.size_bytes, link.chunk_bytes)) {
    touch();
  }

  const Link& link() const { return link_; }
  std::uint64_t parts() const { return parts_.size(); }
  std::uint64_t part_offset(std::uint64_t part) const { return (part - 1) * link_.chunk_bytes; }
  std::uint64_t part_length(std::uint64_t part) const {
    return std::min(link_.chunk_bytes, link_.size_bytes - part_offset(part));
  }
  void touch() { touched_ms_ = now().ms; }
  Timestamp touched_at() const { return Timestamp{touched_ms_.load()}; }

  std::uint64_t begin(std::uint64_t part) {
    Part& p = parts_[part - 1];
    std::lock_guard lock(p.mutex);
    return ++p.turn;
  }
  Result<void> write(std::uint64_t part, std::uint64_t turn, std::uint64_t at, ByteSpan bytes) {
    Part& p = parts_[part - 1];
    std::lock_guard lock(p.mutex);
    if (p.done) return {};  // hashed already, perhaps: must not change any more
    if (p.turn != turn)
      return fail(Kind::conflict,
                  "Another request has begun to send this part again; this one was stopped.");
    file_->write_at(part_offset(part) + at, bytes);
    return {};
  }
  Result<void> end(std::uint64_t part, std::uint64_t turn) {
    Part& p = parts_[part - 1];
    std::lock_guard lock(p.mutex);
    if (!p.done && p.turn != turn)
      return fail(Kind::conflict,
                  "Another request has begun to send this part again; this one was stopped.");
    p.done = true;
    return {};
  }

  void hash_ready() {
    // Whoever holds the lock also hashes what this thread has just completed, or finish() does.
    std::unique_lock lock(hash_mutex_, std::try_to_lock);
    if (lock) hash_contiguous();
  }

  Result<std::unique_ptr<blob::Staged>> finish() {
    std::lock_guard lock(hash_mutex_);
    if (!staged_) return fail(Kind::conflict, "This upload was completed by another request.");
    hash_contiguous();
    if (hashed_ < parts())
      return fail(Kind::invalid, fmt::format("Part {} of {} of this upload has not arrived; send "
                                             "it, then complete the upload again.",
                                             hashed_ + 1, parts()));
    auto staged = std::move(staged_);
    const std::string got = to_hex(hash_.finish());
    if (got != link_.sha256)
      return fail(Kind::unprocessable,
                  fmt::format("The parts received have the SHA-256 {}, but {} was announced. "
                              "Nothing was stored; upload the file again.",
                              got, link_.sha256));
    return staged;
  }

 private:
  struct Part {
    std::mutex mutex;
    std::uint64_t turn = 0;
    bool done = false;
  };

  void hash_contiguous() {
    if (!staged_) return;
    std::vector<std::uint8_t> buffer;
    while (hashed_ < parts()) {
      {
        Part& p = parts_[hashed_];
        std::lock_guard lock(p.mutex);
        if (!p.done) return;
      }
      buffer.resize(kReadBytes);
      const std::uint64_t offset = part_offset(hashed_ + 1);
      const std::uint64_t length = part_length(hashed_ + 1);
      for (std::uint64_t at = 0; at < length;) {
        const auto step =
            static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, length - at));
        file_->read_exactly(offset + at, buffer.data(), step);
        hash_.update(ByteSpan(buffer.data(), step));
        at += step;
      }
      ++hashed_;
    }
  }

  Link link_;
  std::unique_ptr<blob::Staged> staged_;
  SharedFile file_;
  std::vector<Part> parts_;
  std::atomic<std::int64_t> touched_ms_ = 0;
  std::mutex hash_mutex_;
  Sha256 hash_;
  std::uint64_t hashed_ = 0;
};

PartSink::PartSink(std::shared_ptr<Upload> upload, std::uint64_t part)
    : upload_(std::move(upload)), part_(part), turn_(upload_->begin(part)) {}

Result<void> PartSink::write(ByteSpan bytes) {
  const std::uint64_t length = upload_->part_length(part_);
  if (bytes.size() > length - written_bytes_)
    return fail(
        Kind::unprocessable,
        fmt::format("Part {} is longer than the {} bytes announced for it.", part_, length));
  TRY_VOID(upload_->write(part_, turn_, written_bytes_, bytes));
  written_bytes_ += bytes.size();
  upload_->touch();
  return {};
}

Result<void> PartSink::finish() {
  const std::uint64_t length = upload_->part_length(part_);
  if (written_bytes_ != length)
    return fail(Kind::unprocessable,
                fmt::format("Part {} has {} bytes where {} were announced; send it again.", part_,
                            written_bytes_, length));
  TRY_VOID(upload_->end(part_, turn_));
  upload_->hash_ready();
  return {};
}

Result<std::shared_ptr<Upload>> Uploads::open(const Link& link) {
  if (link.chunk_bytes == 0 || link.size_bytes == 0 || link.part == 0 ||
      link.part > part_count(link.size_bytes, link.chunk_bytes))
    return fail(Kind::invalid, "This upload has no part of that number.");
  std::lock_guard lock(mutex_);
  auto& upload = open_[link.upload];
  if (!upload) {
    if (open_.size() > kMaxOpenUploads) {
      open_.erase(link.upload);
      return fail(
          Kind::unavailable,
          "Too many multipart uploads are open on this server; try again in a few minutes.");
    }
    try {
      upload = std::make_shared<Upload>(link, store_.stage());
    } catch (...) {
      open_.erase(link.upload);
      throw;
    }
  }
  upload->touch();
  return upload;
}

Result<std::unique_ptr<blob::Staged>> Uploads::finish(const Link& link) {
  std::shared_ptr<Upload> upload;
  {
    std::lock_guard lock(mutex_);
    auto it = open_.find(link.upload);
    if (it == open_.end())
      return fail(Kind::not_found,
                  "No part of this upload is here: it was completed, given up, or the server was "
                  "restarted. Upload the file again.");
    upload = it->second;
  }
  auto staged = upload->finish();
  if (staged || staged.error().kind != Kind::invalid) {
    std::lock_guard lock(mutex_);
    open_.erase(link.upload);
  }
  return staged;
}

std::size_t Uploads::sweep(Timestamp older_than) {
  std::vector<std::shared_ptr<Upload>> dropped;  // destroyed outside the lock: each unlinks a file
  std::lock_guard lock(mutex_);
  for (auto it = open_.begin(); it != open_.end();) {
    if (it->second->touched_at() < older_than) {
      dropped.push_back(std::move(it->second));
      it = open_.erase(it);
    } else {
      ++it;
    }
  }
  return dropped.size();
}

}  // namespace holt::lfs
