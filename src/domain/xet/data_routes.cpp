// Signed data URLs: bytes of xorbs, by sendfile.
#include <fmt/format.h>

#include "base/random.h"
#include "domain/xet/impl.h"
#include "domain/xet/link.h"

namespace holt::xet {
namespace {

using http::Access;
using http::Method;
using http::Request;
using http::Response;

// multipart/byteranges of one file.
class ByteRanges final : public http::BodySource {
 public:
  ByteRanges(SharedFile file, std::uint64_t total_bytes, std::vector<http::ByteRange> ranges,
             const std::string& boundary)
      : file_(std::move(file)), ranges_(std::move(ranges)) {
    for (std::size_t i = 0; i < ranges_.size(); ++i)
      heads_.push_back(fmt::format(
          "{}--{}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes "
          "{}-{}/{}\r\n\r\n",
          i > 0 ? "\r\n" : "", boundary, ranges_[i].first, ranges_[i].last, total_bytes));
    heads_.push_back(fmt::format("\r\n--{}--\r\n", boundary));
  }

  std::uint64_t length() const {
    std::uint64_t length = 0;
    for (const auto& head : heads_) length += head.size();
    for (const auto& range : ranges_) length += range.last - range.first + 1;
    return length;
  }

  std::optional<http::Piece> next() override {
    const std::size_t part = at_ / 2;
    if (part >= heads_.size() || (part == ranges_.size() && at_ % 2 == 1)) return std::nullopt;
    if (at_++ % 2 == 0) return http::Piece(Bytes(heads_[part].begin(), heads_[part].end()));
    return http::Piece(
        http::FileRange{file_, ranges_[part].first, ranges_[part].last - ranges_[part].first + 1});
  }

 private:
  SharedFile file_;
  std::vector<http::ByteRange> ranges_;
  std::vector<std::string> heads_;  // before each range, and the end
  std::size_t at_ = 0;              // even: a head; odd: its range
};

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
  auto file = impl.contents.store().open({blob::Class::xorb, link.xorb.text()});
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
