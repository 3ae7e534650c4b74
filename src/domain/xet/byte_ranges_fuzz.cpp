// Range headers from strangers to the multipart body that answers them: read by a reader of its own
// it holds the bytes asked for, in order, and is as long as announced. Input: a Range header.
#include "domain/xet/byte_ranges.h"

#include "base/text.h"

namespace {

constexpr std::size_t kFileBytes = 1000;

holt::SharedFile sample() {
  holt::Bytes bytes(kFileBytes);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 37 >> 2);
  return holt::create_in_memory(bytes);
}

std::string body_of(holt::xet::ByteRanges& source) {
  std::string body;
  while (const auto piece = source.next()) {
    if (const auto* bytes = std::get_if<holt::Bytes>(&*piece)) {
      body += holt::as_text(*bytes);
    } else {
      const auto& range = std::get<holt::http::FileRange>(*piece);
      body += range.file->read_text(range.offset, range.length);
    }
  }
  return body;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  CHECK(end != text.npos);
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto file = sample();
  const std::string boundary(32, 'b');
  const auto ranges = holt::http::parse_ranges(holt::as_text({data, size}), kFileBytes);
  if (!ranges || ranges->empty()) return 0;
  holt::xet::ByteRanges source(file, kFileBytes, *ranges, boundary);
  const auto length = source.length();
  const auto body = body_of(source);
  CHECK(body.size() == length && length <= kFileBytes + (ranges->size() + 1) * 160);

  std::string_view rest = body;
  for (const auto& range : *ranges) {
    CHECK(take_line(rest) == "--" + boundary);
    CHECK(take_line(rest) == "Content-Type: application/octet-stream");
    CHECK(take_line(rest) == "Content-Range: bytes " + std::to_string(range.first) + "-" +
                                 std::to_string(range.last) + "/" + std::to_string(kFileBytes));
    CHECK(take_line(rest).empty());
    const auto wanted = file->read_text(range.first, range.last - range.first + 1);
    CHECK(rest.starts_with(wanted));
    rest.remove_prefix(wanted.size());
    CHECK(take_line(rest).empty());
  }
  CHECK(rest == "--" + boundary + "--\r\n");
  return 0;
}
