// Thrown where bytes are given for text that is kept: not UTF-8, or with a NUL. Most such bytes are
// refused where they are read, with their name; this is the net below. The request boundary answers
// it as the caller's fault.
#pragma once

#include <stdexcept>

namespace holt {

struct NotText : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace holt
