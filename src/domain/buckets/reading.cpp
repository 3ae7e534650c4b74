// A bucket's file as a reply.
#include "domain/buckets/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace holt::buckets {
namespace {

// What the uploader says, where a browser would only show it; anything that it might run is handed
// out as bytes.
std::string media_type(std::string_view said) {
  const auto bare = lower(trim(said.substr(0, said.find(';'))));
  const bool shown = bare == "application/json" || bare == "application/pdf" ||
                     bare == "text/plain" || bare == "text/csv" ||
                     (bare.starts_with("image/") && bare.find("svg") == bare.npos) ||
                     bare.starts_with("audio/") || bare.starts_with("video/");
  const bool plain = std::ranges::all_of(bare, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("/+-._").find(c) != std::string_view::npos;
  });
  if (!shown || !plain) return "application/octet-stream";
  return bare == "text/plain" ? "text/plain; charset=utf-8" : bare;
}

std::string content_disposition(std::string_view path, bool attachment) {
  const auto name = path.substr(path.rfind('/') + 1);
  std::string plain;
  for (char c : name)
    plain += (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 ||
              static_cast<unsigned char>(c) > 0x7e)
                 ? '_'
                 : c;
  return fmt::format("{}; filename*=UTF-8''{}; filename=\"{}\";",
                     attachment ? "attachment" : "inline", percent_encode(name), plain);
}

bool names(std::string_view header, std::string_view etag) {
  for (auto part : split(header, ',')) {
    part = trim(part);
    if (part.starts_with("W/")) part.remove_prefix(2);
    if (part == "*" || part == etag) return true;
  }
  return false;
}

}  // namespace

Result<http::Response> send_file(const http::Request& request, const repos::Readable& bucket,
                                 const File& file, const content::Contents& contents) {
  http::Response response;
  auto& headers = response.headers;
  const std::string etag = "\"" + file.sha256 + "\"";
  const std::string refresh =
      request.origin + "/api/buckets/" + bucket.repo().id.full() + "/xet-read-token";
  headers.add("ETag", etag);
  headers.add("Accept-Ranges", "bytes");
  headers.add("Content-Type", media_type(file.content_type));
  if (bucket.repo().visibility == auth::Visibility::public_)
    headers.add("Cross-Origin-Resource-Policy", "cross-origin");
  headers.add("Content-Disposition",
              content_disposition(file.path, request.query.flag("download")));
  headers.add("Last-Modified", http_date(file.uploaded_at));
  headers.add("X-Linked-Size", std::to_string(file.size_bytes));
  headers.add("X-Linked-ETag", etag);
  headers.add("X-Xet-Hash", file.xet_hash);
  headers.add("X-Xet-Refresh-Route", refresh);
  headers.add(
      "Link",
      fmt::format(
          "<{}>; rel=\"xet-auth\", <{}/v1/reconstructions/{}>; rel=\"xet-reconstruction-info\"",
          refresh, request.origin, file.xet_hash));
  if (const auto none_match = request.headers.get("If-None-Match");
      !none_match.empty() && names(none_match, etag)) {
    response.status = 304;
    return response;
  }
  std::optional<http::ByteRange> range;
  const auto if_range = request.headers.get("If-Range");
  if (const auto asked = request.headers.get("Range");
      !asked.empty() && (if_range.empty() || names(if_range, etag)))
    range = TRY(http::parse_range(asked, file.size_bytes));
  if (range) {
    response.status = 206;
    headers.add("Content-Range",
                fmt::format("bytes {}-{}/{}", range->first, range->last, file.size_bytes));
  }
  if (request.method == http::Method::head) {
    response.announced_length = range ? range->last - range->first + 1 : file.size_bytes;
    return response;
  }
  if (file.size_bytes == 0) {
    response.body = std::string();
    return response;
  }
  const auto content = contents.find(bucket.repo().key, file.sha256);
  if (!content) return fail(Kind::internal, "The bytes of " + file.path + " are not stored.");
  response.body = TRY(contents.open(*content, range));
  return response;
}

}  // namespace holt::buckets
