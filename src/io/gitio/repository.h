// One bare repository of the cache on disk.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "io/gitio/gitio.h"
#include "io/gitio/reader.h"

namespace holt::gitio {

class BareRepository final : public Repository {
 public:
  // Creates or repairs the folder. The path is absolute.
  BareRepository(std::filesystem::path path, std::shared_ptr<ReaderCaches> caches);

  Reader& reader() override { return *reader_; }
  std::unique_ptr<PackWriter> new_pack(blob::BlobStore& store) override;
  void add_pack(const SharedFile& pack, const std::optional<std::filesystem::path>& local_path,
                std::string_view index_or_empty) override;
  bool has_pack(std::string_view sha256) override;
  void drop_pack(std::string_view sha256) override;
  void write_refs(const std::map<std::string, Oid>& refs, std::string_view head) override;
  std::int64_t refs_generation() override;
  void write_generation(std::int64_t generation) override;
  const std::filesystem::path& path() override { return path_; }

  CheckedCache check(const RepositoryCache::StoredPack& stored,
                     const std::map<std::string, Oid>& refs, std::int64_t generation);

  const std::shared_ptr<ReaderCaches>& caches() const { return caches_; }
  std::filesystem::path pack_path(std::string_view sha256) const;  // …/pack-<sha256>.pack
  std::filesystem::path index_path(std::string_view sha256) const;

 private:
  void prepare();
  void distrust_after_power_loss();
  void sweep();
  std::string refs_text(const std::map<std::string, Oid>& refs);
  void check_packs(const RepositoryCache::StoredPack& stored, CheckedCache& checked);
  void write_file(const std::string& name, std::string_view text);

  std::filesystem::path path_;
  std::shared_ptr<ReaderCaches> caches_;  // one for all repositories of a RepositoryCache
  std::shared_ptr<Objects> objects_;      // shared with readers that outlive an eviction
  std::shared_ptr<ObjectReader> reader_;
  std::mutex refs_mutex_;
  std::vector<std::string> repaired_;  // files that opening it wrote anew
  std::mutex packs_mutex_;
  std::set<std::string, std::less<>> packs_;  // seen in the folder, and dropped by nobody here
};

}  // namespace holt::gitio
