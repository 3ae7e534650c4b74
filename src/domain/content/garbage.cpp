// Collection of what nothing refers to. Rows go first, in transactions that look again at each
// row's age; objects after, only those that nobody has stored again since. A crash in between
// leaves objects without rows, which the next run takes.
#include <set>
#include <unordered_set>

#include "domain/content/impl.h"
#include "domain/content/store.h"

namespace holt::content {
namespace {

constexpr std::size_t kPageRows = 500;

class Collector {
 public:
  Collector(Contents::Impl& impl, const std::vector<std::string>& live, Timestamp older_than,
            bool dry_run)
      : impl_(impl), live_(live.begin(), live.end()), older_than_(older_than), dry_run_(dry_run) {}

  Contents::Garbage run() {
    collect_contents();
    collect_xorbs();
    collect_objects();
    if (!dry_run_) {
      impl_.store.sweep_staging(older_than_);
      impl_.forget_cached();
    }
    return std::move(garbage_);
  }

 private:
  void note(std::string what, std::string key, std::string why, std::uint64_t size_bytes) {
    garbage_.total_bytes += size_bytes;
    garbage_.items.push_back({std::move(what), std::move(key), std::move(why), size_bytes});
  }

  void collect_contents() {
    std::string after;
    for (;;) {
      const auto page = impl_.database.read(
          [&](db::Tx& tx) { return store::list_aged(tx, after, older_than_, kPageRows); });
      if (page.empty()) return;
      after = page.back().content.sha256;
      for (const auto& aged : page) consider(aged);
    }
  }

  void consider(const store::AgedContent& aged) {
    const Content& content = aged.content;
    const bool live = live_.contains(content.sha256);
    if (!aged.linked || !live) {
      if (dry_run_) {
        impl_.database.read([&](db::Tx& tx) {
          for (auto& file : store::xet_files_of(tx, content.sha256))
            doomed_files_.insert(std::move(file));
        });
      } else if (!impl_.in_write([&](db::Tx& tx) {
                   return store::remove_content(tx, content.sha256, older_than_, now());
                 })) {
        return;
      }
      const std::string why =
          aged.linked ? "no ref of any repository reaches it" : "no repository refers to it";
      if (content.whole) {
        note("blob", content.sha256, why, content.size_bytes);
        remove_object({blob::Class::blob, content.sha256});
      } else {
        note("file", content.sha256, why, 0);  // its bytes are counted with its xorbs
      }
    } else if (content.whole && content.reconstruction &&
               impl_.reconstruction_is_complete(content.xet_hash)) {
      if (!dry_run_ && !impl_.in_write([&](db::Tx& tx) {
            return store::drop_whole(tx, content.sha256, older_than_);
          }))
        return;
      note("blob", content.sha256, "also kept as chunks", content.size_bytes);
      remove_object({blob::Class::blob, content.sha256});
    }
  }

  void collect_xorbs() {
    std::string after;
    for (;;) {
      const auto page = impl_.database.read(
          [&](db::Tx& tx) { return store::list_aged_xorbs(tx, after, older_than_, kPageRows); });
      if (page.empty()) return;
      after = page.back().hash;
      for (const auto& xorb : page) {
        bool used = false;
        for (const auto& file : xorb.files) used = used || !doomed_files_.contains(file);
        if (used) continue;
        if (!dry_run_ && !impl_.in_write([&](db::Tx& tx) {
              return store::remove_xorb(tx, xorb.hash, older_than_, now());
            }))
          continue;
        note("xorb", xorb.hash, "no file has a part in it",
             impl_.store.size_bytes({blob::Class::xorb, xorb.hash}).value_or(0));
        remove_object({blob::Class::xorb, xorb.hash});
      }
    }
  }

  // Objects whose writer was killed before its transaction.
  void collect_objects() {
    impl_.store.each(blob::Class::blob, [&](const blob::Key& key, std::uint64_t size_bytes,
                                            Timestamp stored_at) {
      if (stored_at >= older_than_ || noted_.contains(key)) return;
      const auto known =
          impl_.database.read([&](db::Tx& tx) { return store::find_anywhere(tx, key.hash); });
      if (known && known->whole) return;
      note("blob", key.hash, "left by an upload that did not finish", size_bytes);
      remove_object(key);
    });
    impl_.store.each(blob::Class::xorb, [&](const blob::Key& key, std::uint64_t size_bytes,
                                            Timestamp stored_at) {
      if (stored_at >= older_than_ || noted_.contains(key)) return;
      if (impl_.database.read([&](db::Tx& tx) { return store::xorb_stored_bytes(tx, key.hash); }))
        return;
      note("xorb", key.hash, "left by an upload that did not finish", size_bytes);
      remove_object(key);
    });
  }

  void remove_object(const blob::Key& key) {
    noted_.insert(key);
    if (!dry_run_) impl_.store.discard_older(key, older_than_);
  }

  Contents::Impl& impl_;
  std::unordered_set<std::string> live_;
  Timestamp older_than_;
  bool dry_run_;
  std::unordered_set<std::string> doomed_files_;
  std::set<blob::Key> noted_;
  Contents::Garbage garbage_;
};

}  // namespace

Contents::Garbage Contents::collect(const std::vector<std::string>& live, Timestamp older_than,
                                    bool dry_run) {
  return Collector(*impl_, live, older_than, dry_run).run();
}

std::vector<std::string> Contents::collect_links(std::int64_t repo_key,
                                                 const std::vector<std::string>& reached,
                                                 Timestamp older_than, bool dry_run) {
  const std::unordered_set<std::string> wanted(reached.begin(), reached.end());
  std::vector<std::string> gone;
  for (auto& sha256 : impl_->database.read(
           [&](db::Tx& tx) { return store::aged_links(tx, repo_key, older_than); }))
    if (!wanted.contains(sha256)) gone.push_back(std::move(sha256));
  if (dry_run || gone.empty()) return gone;
  return impl_->in_write([&](db::Tx& tx) {
    std::vector<std::string> removed;
    for (const auto& sha256 : gone)
      if (store::remove_link(tx, repo_key, sha256, older_than, now())) removed.push_back(sha256);
    return removed;
  });
}

void Contents::bring_back() {
  // Objects are back already. What has none, because a crash came between row and bin, stays away.
  const auto [whole, xorbs] = impl_->database.read([&](db::Tx& tx) {
    return std::pair(store::collected_whole(tx), store::collected_xorbs(tx));
  });
  std::vector<std::string> lost, lost_xorbs;
  for (const auto& [sha256, size_bytes] : whole)
    if (impl_->store.size_bytes({blob::Class::blob, sha256}) != size_bytes) lost.push_back(sha256);
  for (const auto& xorb : xorbs)
    if (!impl_->store.size_bytes({blob::Class::xorb, xorb})) lost_xorbs.push_back(xorb);
  impl_->in_write([&](db::Tx& tx) {
    for (const auto& sha256 : lost) store::forget_collected(tx, sha256);
    for (const auto& xorb : lost_xorbs) store::forget_collected_xorb(tx, xorb);
    store::bring_back(tx, now());
    store::empty_collected(tx, Timestamp{INT64_MAX});
    return true;
  });
  impl_->forget_cached();
}

void Contents::whole_again(const std::string& sha256, std::uint64_t size_bytes) {
  impl_->in_write([&](db::Tx& tx) {
    store::whole_again(tx, sha256, size_bytes);
    return true;
  });
}

void Contents::empty_collected(Timestamp older_than) {
  impl_->in_write([&](db::Tx& tx) {
    store::empty_collected(tx, older_than);
    return true;
  });
}

std::uint64_t Contents::held_bytes(
    db::Tx& tx, std::int64_t repo_key,
    const std::unordered_map<std::string, std::uint64_t>& xorb_sizes) const {
  std::uint64_t total = 0;
  for (const auto& content : store::held_by(tx, repo_key))
    if (content.whole) total += content.size_bytes;
  for (const auto& xorb : store::xorbs_held_by(tx, repo_key)) {
    const auto size = xorb_sizes.find(xorb);
    if (size != xorb_sizes.end())
      total += size->second;
    else
      total += store::xorb_stored_bytes(tx, xorb).value_or(0);
  }
  return total;
}

void Contents::forget_opened() { impl_->forget_cached(); }

}  // namespace holt::content
