// What the git routes read from a request.
#include "domain/git/requests.h"

#include "base/text.h"

namespace holt::git {

Place place_of(const http::Request& request) {
  Place place{std::string(request.param("rev")), std::string(request.param("path"))};
  if (place.revision != "refs" || place.path.empty()) {
    if (place.revision.empty()) place.revision = "main";
    return place;
  }
  // refs/pr/1/file or refs/convert/parquet/file with plain slashes.
  const auto first = place.path.find('/');
  const auto second = first == std::string::npos ? first : place.path.find('/', first + 1);
  place.revision = "refs/" + place.path.substr(0, second);
  place.path = second == std::string::npos ? std::string() : place.path.substr(second + 1);
  return place;
}

Result<Revisions> revisions_of(std::string_view range) {
  const auto dots = range.find("..");
  if (dots == range.npos) return fail(Kind::invalid, "Compare two revisions as from..to.");
  auto to = range.substr(dots + 2);
  if (to.starts_with('.')) to.remove_prefix(1);
  return Revisions{std::string(range.substr(0, dots)), std::string(to)};
}

std::optional<http::Response> canonical_redirect(const http::Request& request,
                                                 const repos::RepoId& asked,
                                                 const repos::RepoId& actual) {
  if (asked.owner == actual.owner && asked.name == actual.name) return std::nullopt;
  if (request.method != http::Method::get && request.method != http::Method::head)
    return std::nullopt;
  // Names hold no characters that need percent-coding, so the asked pair stands in the path as it
  // is.
  const std::string from = "/" + asked.full();
  const auto at = request.path.find(from);
  if (at == std::string::npos) return std::nullopt;
  std::string location = request.path;
  location.replace(at, from.size(), "/" + actual.full());
  if (const auto question = request.target.find('?'); question != std::string::npos)
    location += request.target.substr(question);
  return http::Response::redirect(307, std::move(location));
}

void add_next_link(http::Response& response, const http::Request& request,
                   std::string_view cursor) {
  std::string next = request.origin + request.path + "?";
  for (const auto& [name, value] : request.query.pairs())
    if (name != "cursor") next += percent_encode(name) + "=" + percent_encode(value) + "&";
  response.headers.add("Link", "<" + next + "cursor=" + percent_encode(cursor) + ">; rel=\"next\"");
}

}  // namespace holt::git
