// YAML as JSON, made event by event, so that a small text cannot grow large in memory before
// somebody counts. Private to the room.
#pragma once

#include <boost/json/value.hpp>
#include <string_view>

#include "base/result.h"

namespace holt::cards {

// The first document; null when there is none. Bounds: 1 MiB of UTF-8 without NUL, depth 64, 50,000
// values of 4 MiB in all, whereby what an alias stands for counts each time. invalid says what is
// wrong; lines are counted from `first_line`.
Result<boost::json::value> read_yaml(std::string_view text, int first_line);

}  // namespace holt::cards
