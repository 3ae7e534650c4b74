// JSON that the server puts into a page, so that its first view asks for nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/repos/repos.h"

namespace holt::app::wire {

// Of a card whose HTML stands in the page already.
struct ServedCard {
  std::string path, commit;
  bool cut = false;
};
// What web/src/lib/state/served.ts reads. card: absent where it was not looked at, else the card or
// that there is none. Safe between <script> and </script>.
std::string served(const repos::Repo& repo, const std::optional<std::optional<ServedCard>>& card);

}  // namespace holt::app::wire
