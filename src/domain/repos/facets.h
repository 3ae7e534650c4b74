// Counting what a list could be narrowed by. Private to the room.
#pragma once

#include <vector>

#include "domain/repos/store.h"

namespace holt::repos {

inline constexpr std::size_t kMostCounted = 200'000;
// Rows past kMostCounted are not counted, and the result says so.
Facets count_facets(Type type, const std::vector<store::FacetRow>& rows);

}  // namespace holt::repos
