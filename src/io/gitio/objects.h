// Verified access to the objects of one or more folders of packs, through libgit2.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/gitio/object_id.h"

struct git_odb;

namespace holt::gitio {

enum class ObjectType { commit, tree, blob, tag };
std::string_view type_name(ObjectType type);

struct Object {
  ObjectType type;
  std::string bytes;
};

struct Header {
  ObjectType type;
  std::uint64_t size_bytes;
};

// Safe from several threads: each call borrows a handle of a bounded pool for as long as it lasts.
class Objects {
 public:
  // Folders named "objects", each with a folder "pack" inside; searched in this order.
  explicit Objects(std::vector<std::filesystem::path> folders);
  ~Objects();
  Objects(const Objects&) = delete;
  Objects& operator=(const Objects&) = delete;

  // The object, its bytes checked against its name; throws when they do not match.
  std::optional<Object> read(const RawOid& oid);
  std::optional<Header> header(const RawOid& oid);
  // Also false for an object whose pack another process has just added.
  bool exists(const RawOid& oid);
  std::optional<RawOid> find_by_prefix(std::string_view hex);  // nullopt when ambiguous
  void refresh();                                              // packs were added
  void reopen();                                               // packs were removed

  const std::vector<std::filesystem::path>& folders() const { return folders_; }
  std::uint64_t instance() const { return instance_; }  // unique in this process

  // Borrows a handle for libgit2's own algorithms; not to be nested.
  void with_handle(const std::function<void(git_odb*)>& use);

 private:
  struct Handle {
    git_odb* odb = nullptr;
    std::uint64_t opened_at = 0, refreshed_at = 0;
  };
  class Lease;
  Handle acquire();
  void release(Handle handle);
  Handle open_handle();

  std::vector<std::filesystem::path> folders_;
  std::uint64_t instance_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::vector<Handle> idle_;
  std::size_t lent_ = 0;
  std::uint64_t opening_ = 0, refreshing_ = 0;
};

}  // namespace holt::gitio
