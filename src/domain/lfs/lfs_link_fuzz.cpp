// Signed transfer addresses as strangers may change them: none but the one that was signed is
// believed. Input: a query string, which replaces the signed one, or stands before or behind it.
#include "base/text.h"
#include "domain/lfs/link.h"

namespace {

namespace lfs = holt::lfs;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

lfs::Link link() {
  lfs::Link out;
  out.operation = lfs::Operation::part;
  out.repo_key = 7;
  out.sha256 = std::string(64, 'a');
  out.size_bytes = 1 << 20;
  out.expires_at.ms = 2'000;
  out.upload = "u";
  out.chunk_bytes = 1 << 10;
  out.part = 3;
  return out;
}

std::string signed_query() {
  const auto target = lfs::signed_target(link(), kSecret);
  return target.substr(target.find('?') + 1);
}

holt::Result<lfs::Link> verified(std::string_view query, lfs::Operation operation) {
  holt::http::Request request;
  request.params["sha256"] = std::string(64, 'a');
  request.params["part"] = "3";
  request.query = holt::http::Query::parse(query);
  return lfs::verified_link(request, operation, kSecret, holt::Timestamp{1'000});
}

bool same(const lfs::Link& a, const lfs::Link& b) {
  return a.repo_key == b.repo_key && a.sha256 == b.sha256 && a.size_bytes == b.size_bytes &&
         a.expires_at.ms == b.expires_at.ms && a.upload == b.upload &&
         a.chunk_bytes == b.chunk_bytes && a.part == b.part;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string query = signed_query();
  const std::string input(holt::as_text({data, size}));
  CHECK(verified(query, lfs::Operation::part));
  for (const auto& text : {input, input + "&" + query, query + "&" + input}) {
    for (const auto operation : {lfs::Operation::upload, lfs::Operation::download,
                                 lfs::Operation::complete, lfs::Operation::verify})
      CHECK(!verified(text, operation));
    // Only what was signed passes, whatever is added to it.
    if (const auto read = verified(text, lfs::Operation::part)) CHECK(same(*read, link()));
  }
  return 0;
}
