// Quoting of JSON strings.
#include "io/http/json_text.h"

#include "base/text.h"

namespace holt::http {

void append_json(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const bool valid = is_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += byte >= 0x80 && !valid ? '?' : c;
    }
  }
  out += '"';
}

}  // namespace holt::http
