// The files of buckets: listing, and batches of changes.
#include "domain/buckets/buckets.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/text.h"
#include "domain/buckets/store.h"

namespace holt::buckets {
namespace {

constexpr std::size_t kLongestPath = 1024;
constexpr std::size_t kLongestContentType = 255;
constexpr std::size_t kFolderBatch = 64;

const std::string& empty_file_hash() {
  static const std::string hash(64, '0');
  return hash;
}

// What is wrong with a path, or empty.
std::string wrong_with(std::string_view path) {
  if (path.empty()) return "The path is empty.";
  if (path.size() > kLongestPath) return "The path is longer than 1024 bytes.";
  if (!is_utf8(path)) return "The path is not UTF-8.";
  if (std::ranges::any_of(path,
                          [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
    return "The path has control characters.";
  for (const auto part : split(path, '/'))
    if (part.empty() || part == "." || part == "..")
      return "A path has no empty part, no \".\" and no \"..\", and does not begin or end with "
             "'/'.";
  return {};
}

bool is_xet_hash(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// The first text after everything that begins with `folder` and a slash: '0' follows '/'.
std::string after_folder(std::string_view folder) { return std::string(folder) + "0"; }

}  // namespace

std::optional<Buckets::Known> Buckets::known_in(const repos::Visible& repo,
                                                const std::string& xet_hash,
                                                bool may_be_empty) const {
  // An empty file has no bytes to be uploaded, so no content stands behind it.
  if (xet_hash == empty_file_hash()) {
    if (!may_be_empty) return std::nullopt;
    return Known{sha256_hex(""), 0};
  }
  const auto found = contents_.find_xet_file(repo.repo().key, xet_hash);
  if (!found) return std::nullopt;
  return Known{found->sha256, found->size_bytes};
}

Result<Outcome> Buckets::apply(const repos::Writable& bucket,
                               const std::vector<Operation>& operations) {
  if (operations.size() > kMostOperations) return fail(too_many_operations());
  const std::int64_t key = bucket.repo().key;
  std::vector<std::string> errors(operations.size());  // empty: to be done
  std::vector<Known> known(operations.size());
  std::map<std::string, Result<repos::Readable>> sources;
  std::map<std::string, std::vector<std::string>> wanted;  // contents to link, by source
  for (std::size_t i = 0; i < operations.size(); ++i) {
    const auto& operation = operations[i];
    errors[i] = wrong_with(operation.path);
    if (!errors[i].empty() || operation.kind == Operation::Kind::remove) continue;
    if (!is_xet_hash(operation.xet_hash)) {
      errors[i] = "xetHash is not a Xet hash: 64 hexadecimal digits.";
      continue;
    }
    if (operation.content_type.size() > kLongestContentType || !is_utf8(operation.content_type) ||
        operation.content_type.find('\0') != std::string::npos) {
      errors[i] = "contentType is longer than 255 bytes or not text.";
      continue;
    }
    if (operation.kind == Operation::Kind::add) {
      if (auto found = known_in(bucket, operation.xet_hash, true))
        known[i] = std::move(*found);
      else
        errors[i] =
            "The file " + operation.xet_hash +
            " was not uploaded to this bucket: upload it with a write token of the bucket first.";
      continue;
    }
    const std::string source =
        std::string(repos::type_name(operation.source.type)) + " " + operation.source.full();
    auto opened = sources.find(source);
    if (opened == sources.end())
      opened =
          sources.emplace(source, repos_.open_readable(bucket.actor_ptr(), operation.source)).first;
    if (!opened->second) {
      errors[i] = "The source " + source + " cannot be read: " + opened->second.error().message;
      continue;
    }
    const auto& from = *opened->second;
    const bool holds_empty =
        operation.xet_hash == empty_file_hash() && database_.read([&](db::Tx& tx) {
          return store::holds(tx, from.repo().key, operation.xet_hash);
        });
    auto found = known_in(from, operation.xet_hash, holds_empty);
    if (!found) {
      errors[i] =
          "The source " + source + " has no file with the Xet hash " + operation.xet_hash + ".";
      continue;
    }
    known[i] = std::move(*found);
    if (known[i].size_bytes > 0 && from.repo().key != key)
      wanted[source].push_back(known[i].sha256);
  }
  for (const auto& [source, sha256s] : wanted)
    contents_.link_from(*sources.at(source), bucket, sha256s);

  std::vector<std::string> needed;
  for (const auto& one : known)
    if (one.size_bytes > 0) needed.push_back(one.sha256);
  auto outcome = database_.write([&](db::Tx& tx) -> Result<Outcome> {
    // Again, inside: a collection may have come in between. What is found is kept from the next
    // one.
    const auto missing = contents_.missing(tx, key, needed);
    const std::set<std::string> gone(missing.begin(), missing.end());
    const Timestamp at = now();
    Totals totals = store::totals(tx, key);
    Outcome done;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const auto& operation = operations[i];
      if (!errors[i].empty() || gone.contains(known[i].sha256)) {
        done.refused.push_back(
            {operation.path, errors[i].empty()
                                 ? "The file's bytes are not stored any more: upload it again."
                                 : errors[i]});
        continue;
      }
      if (const auto old = store::find(tx, key, operation.path)) {
        totals.files -= 1;
        totals.bytes -= static_cast<std::int64_t>(old->size_bytes);
      }
      if (operation.kind == Operation::Kind::remove) {
        store::remove(tx, key, operation.path);
      } else {
        store::put(tx, key,
                   {operation.path, operation.xet_hash, known[i].sha256, known[i].size_bytes,
                    operation.mtime, operation.content_type, at});
        totals.files += 1;
        totals.bytes += static_cast<std::int64_t>(known[i].size_bytes);
      }
      ++done.applied;
    }
    if (done.applied > 0) {
      store::set_totals(tx, key, totals);
      repos_.record_change(tx, key, totals.bytes);
    }
    return done;
  });
  repos_.forget_cached(key);
  return outcome;
}

Result<TreePage> Buckets::list(const repos::Visible& bucket, const TreeQuery& query) const {
  std::string from = query.prefix;
  bool skip_equal = false;
  if (!query.cursor.empty()) {
    const auto decoded = from_base64(query.cursor);
    if (!decoded || decoded->empty() || !is_utf8(as_text(*decoded)) ||
        as_text(*decoded).find('\0') != std::string_view::npos)
      return fail(Kind::invalid,
                  "The cursor is not one that this server gave out: start from the first page.");
    // '=' goes on after a path, '>' from a text on (past a folder).
    skip_equal = as_text(*decoded).front() == '=';
    from = std::max(from, std::string(as_text(*decoded).substr(1)));
  }
  const std::int64_t key = bucket.repo().key;
  // Few at a time where most may turn out to lie in one folder.
  const std::size_t batch =
      query.recursive ? query.limit + 1 : std::min<std::size_t>(query.limit + 1, kFolderBatch);
  return database_.read([&](db::Tx& tx) -> Result<TreePage> {
    TreePage page;
    for (;;) {
      const auto files = store::list_from(tx, key, from, skip_equal, batch);
      for (const auto& file : files) {
        if (!file.path.starts_with(query.prefix)) return page;
        if (file.path < from) continue;  // in the folder that was just listed
        if (page.entries.size() == query.limit) {
          page.next_cursor = to_base64url(as_bytes((skip_equal ? "=" : ">") + from));
          return page;
        }
        // Names end at the first slash that does not stand right after the prefix.
        const auto slash =
            query.recursive ? std::string::npos : file.path.find('/', query.prefix.size() + 1);
        skip_equal = slash == std::string::npos;
        if (skip_equal) {
          page.entries.push_back({false, file});
          from = file.path;
          continue;
        }
        Entry folder{true, {}};
        folder.file.path = file.path.substr(0, slash);
        from = after_folder(folder.file.path);
        folder.file.uploaded_at = store::newest_upload(tx, key, folder.file.path + "/", from);
        page.entries.push_back(std::move(folder));
      }
      if (files.size() < batch) return page;
    }
  });
}

std::optional<File> Buckets::find(const repos::Visible& bucket, std::string_view path) const {
  if (!wrong_with(path).empty()) return std::nullopt;
  return database_.read([&](db::Tx& tx) { return store::find(tx, bucket.repo().key, path); });
}

std::vector<File> Buckets::find_many(const repos::Visible& bucket,
                                     const std::vector<std::string>& paths) const {
  return database_.read([&](db::Tx& tx) {
    std::vector<File> files;
    for (const auto& path : paths)
      if (wrong_with(path).empty())
        if (auto file = store::find(tx, bucket.repo().key, path)) files.push_back(std::move(*file));
    return files;
  });
}

Totals Buckets::totals(const repos::Visible& bucket) const {
  return database_.read([&](db::Tx& tx) { return store::totals(tx, bucket.repo().key); });
}

std::map<std::int64_t, Totals> Buckets::totals_of(const std::vector<std::int64_t>& buckets) const {
  return database_.read([&](db::Tx& tx) {
    std::map<std::int64_t, Totals> out;
    for (const auto key : buckets) out[key] = store::totals(tx, key);
    return out;
  });
}

void Buckets::forget_repo(db::Tx& tx, std::int64_t repo_key) { store::remove_all(tx, repo_key); }

}  // namespace holt::buckets
