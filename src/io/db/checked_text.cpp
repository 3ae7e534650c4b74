// The check of text parameters.
#include "io/db/checked_text.h"

#include "base/not_text.h"
#include "base/text.h"

namespace holt::db {

void check_text(const Query& query, std::span<const Param> params) {
  for (std::size_t i = 0; i < params.size(); ++i) {
    const auto* text = std::get_if<std::string_view>(&params[i].value());
    if (text != nullptr && (text->find('\0') != text->npos || !is_utf8(*text)))
      throw NotText(std::string(query.name) + ": parameter " + std::to_string(i + 1) +
                    " is not UTF-8 without NUL");
  }
}

}  // namespace holt::db
