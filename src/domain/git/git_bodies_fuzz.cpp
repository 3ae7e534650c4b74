// Request bodies of the git routes, JSON and forms, and where in a repository an address points.
// The first byte chooses the reader.
#include <algorithm>

#include "base/text.h"
#include "domain/git/requests.h"
#include "domain/git/wire.h"

namespace {

namespace wire = holt::git::wire;

void check_address(std::string_view text) {
  // "rev/path", as the route table cuts it.
  holt::http::Request request;
  const auto slash = text.find('/');
  request.params["rev"] = std::string(text.substr(0, slash));
  if (slash != text.npos) request.params["path"] = std::string(text.substr(slash + 1));
  const auto place = holt::git::place_of(request);
  CHECK(!place.revision.empty());
  CHECK(place.revision.size() + place.path.size() <= text.size() + std::string_view("main").size());
  if (place.revision.starts_with("refs/")) CHECK(std::ranges::count(place.revision, '/') <= 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto body = holt::as_text({data + 1, size - 1});
  switch (data[0] % 8) {
    case 0:
      if (const auto read = wire::read_preupload(body)) {
        CHECK(read->files.size() <= 2000);
        for (const auto& file : read->files) CHECK(!file.path.empty() && holt::is_utf8(file.path));
      }
      break;
    case 1:
      for (const std::string_view type : {"application/json", "application/x-www-form-urlencoded"})
        if (const auto read = wire::read_paths_info(body, type)) CHECK(read->paths.size() <= 2000);
      break;
    case 2:
      static_cast<void>(wire::read_branch(body));
      break;
    case 3:
      static_cast<void>(wire::read_tag(body));
      break;
    case 4:
      static_cast<void>(wire::read_message(body));
      break;
    case 5:
      static_cast<void>(wire::read_large_file_deletion(body));
      break;
    case 6:
      if (const auto read = wire::read_large_file_copy(body)) CHECK(!read->target.full().empty());
      break;
    default:
      check_address(body);
  }
  return 0;
}
