// Secrets and identifiers from the kernel's random generator.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"

namespace holt {

Bytes random_bytes(std::size_t count);
std::string random_hex(std::size_t digits);           // lower-case hex
std::string random_alphanumeric(std::size_t length);  // [A-Za-z0-9], unbiased
std::string new_object_id();  // 24 hex digits, the Hub's `_id` form; sorts by creation second

}  // namespace holt
