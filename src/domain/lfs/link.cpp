// Signed transfer URLs.
#include "domain/lfs/link.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text.h"

namespace holt::lfs {
namespace {

std::string_view operation_name(Operation operation) {
  switch (operation) {
    case Operation::upload:
      return "upload";
    case Operation::download:
      return "download";
    case Operation::part:
      return "part";
    case Operation::complete:
      return "complete";
    case Operation::verify:
      return "verify";
  }
  CHECK(false);
}

std::string signature_of(const Link& link, std::string_view secret) {
  // The first line keeps these apart from whatever else the same secret signs.
  const std::string message =
      fmt::format("holt lfs link 1\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
                  operation_name(link.operation), link.repo_key, link.sha256, link.size_bytes,
                  link.expires_at.ms, link.upload, link.chunk_bytes, link.part);
  const auto mac = hmac_sha256(secret, message);
  return to_hex(mac);
}

std::uint64_t number_of(const http::Request& request, std::string_view name) {
  return parse_u64(request.query.get(name).value_or("")).value_or(0);
}

}  // namespace

std::string signed_target(const Link& link, std::string_view secret) {
  std::string target = "/lfs-data/" + link.sha256;
  if (link.operation == Operation::part) target += fmt::format("/parts/{}", link.part);
  if (link.operation == Operation::complete) target += "/complete";
  if (link.operation == Operation::verify) target += "/verify";
  target += fmt::format("?repo={}&size={}&expires={}", link.repo_key, link.size_bytes,
                        link.expires_at.ms);
  if (!link.upload.empty())
    target += fmt::format("&upload={}&chunk={}", link.upload, link.chunk_bytes);
  return target + "&signature=" + signature_of(link, secret);
}

Result<Link> verified_link(const http::Request& request, Operation operation,
                           std::string_view secret, Timestamp at) {
  Link link;
  link.operation = operation;
  link.sha256 = request.param("sha256");
  link.repo_key = static_cast<std::int64_t>(number_of(request, "repo"));
  link.size_bytes = number_of(request, "size");
  link.expires_at.ms = static_cast<std::int64_t>(number_of(request, "expires"));
  link.upload = request.query.get("upload").value_or("");
  link.chunk_bytes = number_of(request, "chunk");
  if (operation == Operation::part) link.part = parse_u64(request.param("part")).value_or(0);
  const auto given = request.query.get("signature").value_or("");
  if (!equal_in_constant_time(given, signature_of(link, secret)))
    return fail(Kind::forbidden,
                "This transfer URL was not signed by this server or has been changed. Ask for a "
                "new one through the LFS batch API.");
  if (link.expires_at < at)
    return fail(Kind::forbidden,
                "This transfer URL has expired. Ask for a new one through the LFS batch API.");
  return link;
}

}  // namespace holt::lfs
