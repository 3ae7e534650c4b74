// Where a broken guarantee of the code turns into an exception.
#include "base/result.h"

#include <stdexcept>

namespace holt {

void check_failed(const char* condition, const char* file, int line) {
  throw std::logic_error(std::string(file) + ":" + std::to_string(line) +
                         ": guarantee broken: " + condition);
}

}  // namespace holt
