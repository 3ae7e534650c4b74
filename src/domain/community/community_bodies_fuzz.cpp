// Request bodies of discussions and pull requests, and comments as they are kept. The first byte
// chooses the reader.
#include "base/text.h"
#include "domain/community/wire.h"

namespace {

namespace wire = holt::community::wire;

void check_text(const std::string& text, std::size_t longest) {
  CHECK(text.size() <= longest && holt::is_utf8(text) && text.find('\0') == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::size_t kLongestTitle = 200, kLongestText = 64 << 10;
  const auto body = holt::as_text({data + 1, size - 1});
  switch (data[0] % 5) {
    case 0:
      if (const auto read = wire::read_new(body)) {
        check_text(read->title, kLongestTitle);
        check_text(read->description, kLongestText);
        CHECK(!read->title.empty());
      }
      break;
    case 1:
      for (const std::string_view key : {"comment", "content", "title"})
        if (const auto read = wire::read_text(body, key)) check_text(*read, kLongestText);
      break;
    case 2:
      if (const auto read = wire::read_status(body)) check_text(read->comment, kLongestText);
      break;
    case 3:
      static_cast<void>(wire::read_pinned(body));
      break;
    default: {
      if (!holt::is_utf8(body)) break;
      auto kept = wire::comment_data(body, "someone", holt::Timestamp{});
      CHECK(!wire::is_hidden(kept));
      kept = wire::changed_comment_data(kept, "other", "someone", holt::Timestamp{});
      CHECK(!wire::is_hidden(kept));
      kept = wire::changed_comment_data(kept, std::nullopt, "someone", holt::Timestamp{});
      CHECK(wire::is_hidden(kept));
      if (body.size() > 40) CHECK(kept.find(body.substr(0, 40)) == std::string::npos);
    }
  }
  return 0;
}
