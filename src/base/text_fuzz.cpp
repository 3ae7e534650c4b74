// The codings that every other parser stands on: percent, base64, hexadecimal, UTF-8, times. What
// is written can be read again, and what is read is no longer than what came.
#include "base/text.h"

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const holt::ByteSpan bytes(data, size);
  const auto text = holt::as_text(bytes);

  for (const auto slash : {holt::Slash::keep, holt::Slash::encode}) {
    const auto encoded = holt::percent_encode(text, slash);
    CHECK(holt::percent_decode(encoded) == std::string(text));
  }
  for (const auto& decoded : {holt::percent_decode(text), holt::form_decode(text)})
    if (decoded) CHECK(decoded->size() <= size);

  CHECK(holt::from_hex(holt::to_hex(bytes)) == holt::Bytes(data, data + size));
  CHECK(holt::from_base64(holt::to_base64(bytes)) == holt::Bytes(data, data + size));
  CHECK(holt::from_base64(holt::to_base64url(bytes)) == holt::Bytes(data, data + size));
  if (const auto decoded = holt::from_base64(text)) {
    CHECK(decoded->size() <= size / 4 * 3 + 3);
    CHECK(holt::from_base64(holt::to_base64(*decoded)) == decoded);
  }

  const auto cut = holt::clip(text, 10);
  CHECK(cut.size() <= 10 && text.starts_with(cut));
  if (holt::is_utf8(text))
    CHECK(holt::is_utf8(cut) && cut.size() + 4 > std::min<std::size_t>(size, 10));
  CHECK(holt::equal_ignoring_case(text, holt::lower(text)));
  const auto trimmed = holt::trim(text);
  CHECK(holt::trim(trimmed) == trimmed);
  std::vector<std::string> parts;
  for (const auto part : holt::split(text, '/')) parts.emplace_back(part);
  CHECK(holt::join(parts, "/") == text);

  if (const auto number = holt::parse_u64(text)) {
    const auto written = std::to_string(*number);
    CHECK(text.ends_with(written) && holt::parse_u64(written) == number);
  }
  if (const auto time = holt::parse_iso8601(text)) {
    const auto again = holt::parse_iso8601(holt::iso8601(*time));
    // Offsets may lead out of the four-digit years.
    if (text.ends_with('Z')) CHECK(again && again->ms == time->ms);
    CHECK(!holt::http_date(*time).empty());
  }
  return 0;
}
