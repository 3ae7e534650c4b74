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
                   return store::remove_content(tx, content.sha256, older_than_);
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
              return store::remove_xorb(tx, xorb.hash, older_than_);
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
    if (!dry_run_) impl_.store.remove_older(key, older_than_);
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

}  // namespace holt::content
