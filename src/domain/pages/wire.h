// JSON shapes of the pages room.
#pragma once

#include <string>

#include "domain/pages/pages.h"

namespace holt::pages::wire {

struct PreviewBody {
  std::string markdown;
  Place place;
};
Result<PreviewBody> read_preview(std::string_view body);

std::string rendered(const Rendered& rendered, std::string_view commit);
std::string preview(std::string_view html);

}  // namespace holt::pages::wire
