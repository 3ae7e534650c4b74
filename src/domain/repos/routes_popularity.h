// Routes of what people make of repositories. Private to the room.
#pragma once

#include "domain/repos/repos.h"

namespace holt::repos {

void add_popularity_routes(http::Router& router, Repos& repos, auth::Auth& auth);

}  // namespace holt::repos
