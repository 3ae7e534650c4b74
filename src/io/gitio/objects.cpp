// The pool of libgit2 handles and the reads through it.
#include "io/gitio/objects.h"

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include <atomic>
#include <cstring>
#include <stdexcept>

#include "base/hash.h"
#include "base/result.h"
#include "io/gitio/bounded_memory.h"

namespace holt::gitio {
namespace {

constexpr std::size_t kMostHandles = 16;
constexpr std::size_t kMostIdle = 4;

// libgit2 is one per process and keeps its own count of users.
class Library {
 public:
  Library() {
    bound_libgit2_memory();
    if (::git_libgit2_init() < 0) throw std::runtime_error("cannot start libgit2");
    // Objects are verified in read(), by a SHA-1 that is several times faster than libgit2's; the
    // caches above hold parsed objects, so that libgit2's would hold everything twice.
    ::git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    ::git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0);
    ::git_libgit2_opts(GIT_OPT_DISABLE_PACK_KEEP_FILE_CHECKS, 1);
  }
};

std::uint64_t next_instance() {
  static const Library library;
  static std::atomic<std::uint64_t> count{0};
  return ++count;
}

std::string last_error() {
  const git_error* error = ::git_error_last();
  return error != nullptr && error->message != nullptr ? error->message : "unknown error";
}

git_oid git_name(const RawOid& oid) {
  git_oid name;
  std::memcpy(name.id, oid.data(), oid.size());
  return name;
}

std::optional<ObjectType> type_of(git_object_t type) {
  switch (type) {
    case GIT_OBJECT_COMMIT:
      return ObjectType::commit;
    case GIT_OBJECT_TREE:
      return ObjectType::tree;
    case GIT_OBJECT_BLOB:
      return ObjectType::blob;
    case GIT_OBJECT_TAG:
      return ObjectType::tag;
    default:
      return std::nullopt;
  }
}

[[noreturn]] void fail_reading(const RawOid& oid, const std::filesystem::path& folder,
                               const std::string& why) {
  throw std::runtime_error("git object " + hex_of(oid) + " in " + folder.string() +
                           " cannot be read: " + why);
}

}  // namespace

std::string_view type_name(ObjectType type) {
  switch (type) {
    case ObjectType::commit:
      return "commit";
    case ObjectType::tree:
      return "tree";
    case ObjectType::blob:
      return "blob";
    case ObjectType::tag:
      return "tag";
  }
  CHECK(false);
}

class Objects::Lease {
 public:
  explicit Lease(Objects& owner) : owner_(owner), handle_(owner.acquire()) {}
  ~Lease() { owner_.release(handle_); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  git_odb* odb() const { return handle_.odb; }
  // After a failure: packs may have gone since this handle looked.
  void renew() {
    ::git_odb_free(handle_.odb);
    handle_.odb = nullptr;
    handle_ = owner_.open_handle();
  }

 private:
  Objects& owner_;
  Handle handle_;
};

Objects::Objects(std::vector<std::filesystem::path> folders)
    : folders_(std::move(folders)), instance_(next_instance()) {
  CHECK(!folders_.empty());
}

Objects::~Objects() {
  for (const Handle& handle : idle_) ::git_odb_free(handle.odb);
}

Objects::Handle Objects::open_handle() {
  Handle handle;
  {
    std::lock_guard lock(mutex_);
    handle.opened_at = opening_;
    handle.refreshed_at = refreshing_;
  }
  if (::git_odb_new(&handle.odb) < 0)
    throw std::runtime_error("cannot open an object database: " + last_error());
  int priority = static_cast<int>(folders_.size());
  for (const auto& folder : folders_) {
    git_odb_backend* backend = nullptr;
    if (::git_odb_backend_pack(&backend, folder.c_str()) < 0 ||
        ::git_odb_add_backend(handle.odb, backend, priority--) < 0) {
      const std::string why = last_error();
      ::git_odb_free(handle.odb);
      throw std::runtime_error("cannot open the packs of " + folder.string() + ": " + why);
    }
  }
  return handle;
}

Objects::Handle Objects::acquire() {
  Handle handle;
  bool stale = false;
  std::uint64_t refreshing = 0;
  {
    std::unique_lock lock(mutex_);
    returned_.wait(lock, [&] { return lent_ < kMostHandles; });
    ++lent_;
    if (!idle_.empty()) {
      handle = idle_.back();
      idle_.pop_back();
      stale = handle.opened_at != opening_;
      refreshing = refreshing_;
    }
  }
  try {
    if (stale) {
      ::git_odb_free(handle.odb);
      handle.odb = nullptr;
    }
    if (handle.odb == nullptr) return open_handle();
    if (handle.refreshed_at != refreshing) {
      if (::git_odb_refresh(handle.odb) < 0)
        throw std::runtime_error("cannot look for new packs: " + last_error());
      handle.refreshed_at = refreshing;
    }
    return handle;
  } catch (...) {
    release(handle);
    throw;
  }
}

void Objects::release(Handle handle) {
  bool keep = false;
  {
    std::lock_guard lock(mutex_);
    --lent_;
    keep = handle.odb != nullptr && idle_.size() < kMostIdle && handle.opened_at == opening_;
    if (keep) idle_.push_back(handle);
  }
  returned_.notify_one();
  if (!keep) ::git_odb_free(handle.odb);
}

std::optional<Object> Objects::read(const RawOid& oid) {
  const git_oid name = git_name(oid);
  git_odb_object* found = nullptr;
  {
    Lease lease(*this);
    int status = ::git_odb_read(&found, lease.odb(), &name);
    if (status == GIT_ENOTFOUND) return std::nullopt;
    if (status < 0) {
      lease.renew();
      status = ::git_odb_read(&found, lease.odb(), &name);
    }
    if (status == GIT_ENOTFOUND) return std::nullopt;
    if (status < 0) fail_reading(oid, folders_.front(), last_error());
  }
  const std::unique_ptr<git_odb_object, void (*)(git_odb_object*)> owner(found,
                                                                         ::git_odb_object_free);
  const auto type = type_of(::git_odb_object_type(found));
  if (!type) fail_reading(oid, folders_.front(), "unknown type");
  Object object{*type, std::string(static_cast<const char*>(::git_odb_object_data(found)),
                                   ::git_odb_object_size(found))};
  Sha1 hash;
  hash.update(std::string(type_name(*type)) + " " + std::to_string(object.bytes.size()) +
              std::string(1, '\0'));
  hash.update(object.bytes);
  if (hash.finish() != oid)
    fail_reading(oid, folders_.front(), "its bytes do not have this name; the pack is damaged");
  return object;
}

std::optional<Header> Objects::header(const RawOid& oid) {
  const git_oid name = git_name(oid);
  std::size_t size = 0;
  git_object_t type = GIT_OBJECT_INVALID;
  Lease lease(*this);
  int status = ::git_odb_read_header(&size, &type, lease.odb(), &name);
  if (status < 0 && status != GIT_ENOTFOUND) {
    lease.renew();
    status = ::git_odb_read_header(&size, &type, lease.odb(), &name);
  }
  if (status == GIT_ENOTFOUND) return std::nullopt;
  if (status < 0) fail_reading(oid, folders_.front(), last_error());
  const auto known = type_of(type);
  if (!known) fail_reading(oid, folders_.front(), "unknown type");
  return Header{*known, size};
}

bool Objects::exists(const RawOid& oid) {
  const git_oid name = git_name(oid);
  Lease lease(*this);
  return ::git_odb_exists_ext(lease.odb(), &name, GIT_ODB_LOOKUP_NO_REFRESH) == 1;
}

std::optional<RawOid> Objects::find_by_prefix(std::string_view hex) {
  git_oid shortened, full;
  if (::git_oid_fromstrn(&shortened, hex.data(), hex.size()) < 0) return std::nullopt;
  Lease lease(*this);
  if (::git_odb_exists_prefix(&full, lease.odb(), &shortened, hex.size()) != 0) return std::nullopt;
  RawOid oid;
  std::memcpy(oid.data(), full.id, oid.size());
  return oid;
}

void Objects::refresh() {
  std::lock_guard lock(mutex_);
  ++refreshing_;
}

void Objects::reopen() {
  std::lock_guard lock(mutex_);
  ++opening_;
  ++refreshing_;
}

void Objects::with_handle(const std::function<void(git_odb*)>& use) {
  Lease lease(*this);
  use(lease.odb());
}

}  // namespace holt::gitio
