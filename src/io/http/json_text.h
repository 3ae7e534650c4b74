// Quoting of JSON strings, for the two documents that this room writes by itself.
#pragma once

#include <string>
#include <string_view>

namespace holt::http {

// Appends `text` with quotes around it. Bytes that are not UTF-8 become question marks.
void append_json(std::string& out, std::string_view text);

}  // namespace holt::http
