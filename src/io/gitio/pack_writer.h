// The PackWriter of the door: objects deflated one after the other into one staged file.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/gitio/gitio.h"
#include "io/gitio/pack_index.h"
#include "io/gitio/reader.h"

namespace holt::gitio {

class StreamingPackWriter final : public PackWriter {
 public:
  StreamingPackWriter(std::shared_ptr<ObjectReader> reader, blob::BlobStore& store);
  ~StreamingPackWriter() override;

  Oid add_blob(ByteSpan content) override;
  Oid add_blob(const SharedFile& file, std::uint64_t offset, std::uint64_t length) override;
  Result<Oid> add_tree(const Oid& base_commit_or_empty, const std::vector<Edit>& edits) override;
  Oid add_commit(const Oid& tree, const std::vector<Oid>& parents, const Signature& author,
                 const Signature& committer, std::string_view message) override;
  Oid add_tag(const Oid& target_commit, std::string_view name, const Signature& tagger,
              std::string_view message) override;
  std::size_t objects() const override { return entries_.size(); }
  Finished finish() override;

 private:
  // Content that is asked for piece by piece, from its start each time.
  using Pieces = std::function<void(const std::function<void(ByteSpan)>&)>;
  struct Deflater;

  RawOid add(ObjectType type, ByteSpan content);
  RawOid add(ObjectType type, std::uint64_t length, ByteSpan beginning, const Pieces& pieces);
  void write(ByteSpan bytes);
  void spill();

  std::shared_ptr<ObjectReader> reader_;  // also held by the repository
  blob::BlobStore& store_;
  std::unordered_map<RawOid, ObjectType, RawOidHash> added_;
  std::vector<IndexEntry> entries_;
  std::unique_ptr<Deflater> deflater_;
  Bytes buffer_;                          // the pack's end, or all of it while it is small
  std::unique_ptr<blob::Staged> staged_;  // from the moment the pack is no longer small
  std::uint64_t size_bytes_ = 0;
  std::uint32_t entry_crc32_ = 0;
};

}  // namespace holt::gitio
