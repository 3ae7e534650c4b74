// What the git routes read from a request: repository, revision, path, and the redirect to
// canonical names.
#pragma once

#include <optional>
#include <string>

#include "domain/git/git.h"
#include "io/http/http.h"

namespace holt::git {

inline constexpr std::string_view kApiRepo =
    "/api/{type:models|datasets|spaces|kernels}/{owner}/{name}";

// The revision and path of routes with {rev} and {path*}: "refs/pr/1" may come in one segment or in
// three.
struct Place {
  std::string revision, path;
};
Place place_of(const http::Request& request);

// "from..to" or "from...to": no name of git's holds two dots.
struct Revisions {
  std::string from, to;
};
Result<Revisions> revisions_of(std::string_view range);

// 307 to the canonical spelling when the request used another (wrong case, former name); GET and
// HEAD only.
std::optional<http::Response> canonical_redirect(const http::Request& request,
                                                 const repos::RepoId& asked,
                                                 const repos::RepoId& actual);

// Page addresses: `Link: <…>; rel="next"` with all parameters of the request and this cursor.
void add_next_link(http::Response& response, const http::Request& request, std::string_view cursor);

}  // namespace holt::git
