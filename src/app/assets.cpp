// Reads the pack: lines of "path TAB type TAB hash TAB immutable TAB plain TAB brotli TAB gzip"
// (sizes in bytes, 0: absent) up to an empty line, then the bytes in that order.
#include "app/assets.h"

#include <stdexcept>

#include "base/text.h"

extern "C" {
extern const char holt_web_pack[];
extern const char holt_web_pack_end[];
}

namespace holt::app {
namespace {

[[noreturn]] void malformed() {
  throw std::logic_error("the web pages in this binary are malformed: build it again");
}

}  // namespace

Assets Assets::parse(std::string_view pack) {
  Assets out;
  if (pack.empty()) return out;
  const auto head_end = pack.find("\n\n");
  if (head_end == pack.npos) malformed();
  std::string_view rest = pack.substr(head_end + 2);
  const auto take = [&](std::string_view size) -> std::shared_ptr<const std::string> {
    const auto bytes = parse_u64(size);
    if (!bytes || *bytes > rest.size()) malformed();
    if (*bytes == 0) return nullptr;
    auto taken = std::make_shared<const std::string>(rest.substr(0, *bytes));
    rest.remove_prefix(*bytes);
    return taken;
  };
  for (const auto line : split(pack.substr(0, head_end), '\n')) {
    const auto fields = split(line, '\t');
    if (fields.size() != 7) malformed();
    Asset asset;
    asset.media_type = fields[1];
    asset.etag = "\"" + std::string(fields[2]) + "\"";
    asset.immutable = fields[3] == "1";
    asset.plain = take(fields[4]);
    asset.brotli = take(fields[5]);
    asset.gzip = take(fields[6]);
    if (!asset.plain) asset.plain = std::make_shared<const std::string>();
    out.files_.emplace(std::string(fields[0]), std::move(asset));
  }
  return out;
}

Assets Assets::embedded() {
  return parse({holt_web_pack, static_cast<std::size_t>(holt_web_pack_end - holt_web_pack)});
}

const Asset* Assets::find(std::string_view path) const {
  const auto found = files_.find(path);
  return found == files_.end() ? nullptr : &found->second;
}

}  // namespace holt::app
