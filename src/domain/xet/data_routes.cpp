// Signed data URLs: bytes of xorbs, by sendfile.
#include <fmt/format.h>

#include "base/random.h"
#include "domain/xet/byte_ranges.h"
#include "domain/xet/impl.h"
#include "domain/xet/link.h"

namespace holt::xet {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

Result<Response> get_data(Xet::Impl& impl, const Request& request) {
  const auto link = TRY(verified_link(request, impl.secret, now()));
  const auto ranges = TRY(http::parse_ranges(request.headers.get("Range"), link.xorb_bytes));
  if (ranges.empty())
    return fail(Kind::forbidden,
                "This URL gives certain byte ranges only: send a Range header with those of the "
                "reconstruction.");
  for (const auto& range : ranges)
    if (!link.covers(range))
      return fail(
          Kind::forbidden,
          fmt::format(
              "This URL does not give bytes {} to {}; ask for a reconstruction that needs them.",
              range.first, range.last));
  const blob::Key key{blob::Class::xorb, link.xorb.text()};
  TRY_VOID(impl.contents.check_served(key));
  auto file = impl.contents.store().open(key);
  if (!file)
    return fail(Kind::not_found,
                "This xorb has been removed; ask for the file's reconstruction again.");
  Response response;
  response.status = 206;
  response.headers.add("Accept-Ranges", "bytes");
  if (ranges.size() == 1) {
    const auto& range = ranges.front();
    const std::uint64_t length = range.last - range.first + 1;
    response.headers.add("Content-Type", "application/octet-stream");
    response.headers.add("Content-Range",
                         fmt::format("bytes {}-{}/{}", range.first, range.last, link.xorb_bytes));
    response.announced_length = length;
    response.body = http::FileRange{std::move(file), range.first, length};
  } else {
    const std::string boundary = random_hex(32);
    auto source = std::make_unique<ByteRanges>(std::move(file), link.xorb_bytes, ranges, boundary);
    response.headers.add("Content-Type", "multipart/byteranges; boundary=" + boundary);
    response.announced_length = source->length();
    const auto length = source->length();
    response.body = http::Stream{std::move(source), length};
  }
  return response;
}

}  // namespace

void add_data_routes(http::Router& router, Xet::Impl& impl) {
  router.add({.id = "get_xet_data",
              .method = Method::get,
              .path = "/xet-data/{xorb}",
              .access = Access::open,
              .summary = "Byte ranges of a xorb; the URL is signed."},
             [&impl](Request& request) { return get_data(impl, request); });
}

}  // namespace holt::xet
