// The git room's groups of routes. Private to the room.
#pragma once

#include "domain/git/git.h"

namespace holt::git {

void add_file_routes(http::Router& router, Git& git, repos::Repos& repos,
                     content::Contents& contents, auth::Auth& auth);
void add_tree_routes(http::Router& router, Git& git, repos::Repos& repos);
void add_history_routes(http::Router& router, Git& git, repos::Repos& repos);
void add_commit_routes(http::Router& router, Git& git, repos::Repos& repos,
                       content::Contents& contents);
void add_reference_routes(http::Router& router, Git& git, repos::Repos& repos,
                          content::Contents& contents);

}  // namespace holt::git
