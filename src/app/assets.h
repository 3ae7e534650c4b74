// The web's files as they stand in the binary: made by `web/scripts/pack.mjs`, compressed ahead.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace holt::app {

struct Asset {
  std::string_view media_type;
  std::string etag;        // quoted
  bool immutable = false;  // its name holds a hash of its content
  // Plain, Brotli and gzip; the last two are null where they save nothing.
  std::shared_ptr<const std::string> plain, brotli, gzip;
};

class Assets {
 public:
  // Throws when the embedded pack is malformed: a build that is broken.
  static Assets embedded();
  static Assets parse(std::string_view pack);
  const Asset* find(std::string_view path) const;  // "_app/immutable/entry/start.x.js"
  bool empty() const { return files_.empty(); }
  const std::map<std::string, Asset, std::less<>>& files() const { return files_; }

 private:
  std::map<std::string, Asset, std::less<>> files_;
};

}  // namespace holt::app
