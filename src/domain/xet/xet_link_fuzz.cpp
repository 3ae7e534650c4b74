// What strangers bring to the Xet routes beside data: tokens, data addresses and the hashes of a
// batch. Nothing but what was signed here is believed. The first byte chooses the reader.
#include "base/text.h"
#include "domain/xet/link.h"
#include "domain/xet/token.h"
#include "domain/xet/wire.h"

namespace {

namespace xet = holt::xet;

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";
constexpr holt::Timestamp kNow{1'000'000};

xet::DataLink link() {
  xet::DataLink out;
  out.xorb = *holt::xetformat::XetHash::parse(std::string(64, 'a'));
  out.xorb_bytes = 1 << 20;
  out.repo_key = 7;
  out.expires_at.ms = 2'000'000;
  out.ranges = {{0, 99}, {1'000, 1'999}};
  return out;
}

// The input replaces the signed query, or stands before or behind it.
void check_links(const std::string& input) {
  static const std::string query = [] {
    const auto target = xet::signed_target(link(), kSecret);
    return target.substr(target.find('?') + 1);
  }();
  const auto verified = [](const std::string& text) {
    holt::http::Request request;
    request.params["xorb"] = std::string(64, 'a');
    request.query = holt::http::Query::parse(text);
    return xet::verified_link(request, kSecret, kNow);
  };
  CHECK(verified(query));
  for (const auto& text : {input, input + "&" + query, query + "&" + input}) {
    const auto read = verified(text);
    if (!read) continue;
    CHECK(read->xorb == link().xorb && read->xorb_bytes == link().xorb_bytes);
    CHECK(read->repo_key == link().repo_key && read->ranges.size() == link().ranges.size());
    CHECK(read->covers({0, 99}) && !read->covers({0, 100}) && !read->covers({99, 1'000}));
  }
}

void check_tokens(const std::string& input) {
  const xet::Token token{7, xet::Scope::read, 3, 4, 2'000};
  const auto text = xet::sign(token, kSecret);
  const auto read = xet::verify(text, kSecret, kNow);
  CHECK(read && read->repo_key == 7 && read->scope == xet::Scope::read);
  CHECK(!xet::verify(input, kSecret, kNow));
  CHECK(!xet::verify(input + text, kSecret, kNow) || input.empty());
  CHECK(!xet::verify(text + input, kSecret, kNow) || input.empty());
  for (const auto dot : {text.find('.'), text.rfind('.')})
    CHECK(!xet::verify(text.substr(0, dot) + "." + input + text.substr(dot), kSecret, kNow));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string input(holt::as_text({data + 1, size - 1}));
  switch (data[0] % 3) {
    case 0:
      check_links(input);
      break;
    case 1:
      check_tokens(input);
      break;
    default:
      if (const auto hashes = xet::wire::read_batch(input)) {
        CHECK(hashes->size() <= 1000);
        for (const auto& hash : *hashes)
          if (const auto parsed = holt::xetformat::XetHash::parse(hash))
            CHECK(parsed->text() == hash);
      }
  }
  return 0;
}
