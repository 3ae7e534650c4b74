// Metadata and parameter count from the head of a GGUF file (versions 2 and 3, little-endian).
#include <cstring>

#include "base/text.h"
#include "domain/cards/cards.h"

namespace holt::cards {
namespace {

constexpr std::uint64_t kMostEntries = 100'000;  // metadata pairs, tensors
constexpr std::uint64_t kLongestText = 8u << 20;
constexpr std::uint64_t kLongestKept = 1u << 20;  // a chat template
constexpr int kDeepestArray = 4;

class Cursor {
 public:
  explicit Cursor(ByteSpan bytes) : bytes_(bytes) {}
  template <class T>
  Result<T> read() {
    if (bytes_.size() - at_ < sizeof(T)) return cut();
    T value;
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  Result<std::string_view> text() {
    const auto length = TRY(read<std::uint64_t>());
    if (length > kLongestText)
      return fail(Kind::invalid, "A text of the GGUF header is longer than 8 MiB (offset " +
                                     std::to_string(at_) + ").");
    if (bytes_.size() - at_ < length) return cut();
    const auto out = as_text(bytes_.subspan(at_, static_cast<std::size_t>(length)));
    at_ += static_cast<std::size_t>(length);
    return out;
  }
  Result<void> skip(std::uint64_t count) {
    if (bytes_.size() - at_ < count) return cut();
    at_ += static_cast<std::size_t>(count);
    return {};
  }
  std::size_t at() const { return at_; }

 private:
  std::unexpected<Error> cut() const {
    return fail(Kind::invalid, "The GGUF header ends early (offset " + std::to_string(at_) + ").");
  }
  ByteSpan bytes_;
  std::size_t at_ = 0;
};

std::uint64_t width_of(std::uint32_t type) {
  switch (type) {
    case 0:
    case 1:
    case 7:
      return 1;
    case 2:
    case 3:
      return 2;
    case 4:
    case 5:
    case 6:
      return 4;
    case 10:
    case 11:
    case 12:
      return 8;
    default:
      return 0;
  }
}

constexpr std::uint32_t kText = 8, kArray = 9;

struct Value {
  std::string_view text;
  std::uint64_t number = 0;
};

Result<Value> read_value(Cursor& cursor, std::uint32_t type, int depth) {
  Value out;
  if (type == kText) {
    out.text = TRY(cursor.text());
    return out;
  }
  if (type == kArray) {
    if (depth >= kDeepestArray)
      return fail(Kind::invalid, "Arrays of the GGUF header are nested too deep.");
    const auto element = TRY(cursor.read<std::uint32_t>());
    const auto count = TRY(cursor.read<std::uint64_t>());
    if (const auto width = width_of(element); width > 0) {
      if (count > (1ull << 40) / width)
        return fail(Kind::invalid, "An array of the GGUF header is too long.");
      TRY_VOID(cursor.skip(count * width));
      return out;
    }
    // Each element takes at least eight bytes, so the loop ends with the bytes.
    for (std::uint64_t i = 0; i < count; ++i) TRY(read_value(cursor, element, depth + 1));
    return out;
  }
  switch (width_of(type)) {
    case 1:
      out.number = TRY(cursor.read<std::uint8_t>());
      break;
    case 2:
      out.number = TRY(cursor.read<std::uint16_t>());
      break;
    case 4:
      out.number = TRY(cursor.read<std::uint32_t>());
      break;
    case 8:
      out.number = TRY(cursor.read<std::uint64_t>());
      break;
    default:
      return fail(Kind::invalid, "Unknown value type " + std::to_string(type) +
                                     " in the GGUF header (offset " + std::to_string(cursor.at()) +
                                     ").");
  }
  return out;
}

}  // namespace

Result<GgufSummary> summarize_gguf(ByteSpan head) {
  Cursor cursor(head);
  if (TRY(cursor.read<std::uint32_t>()) != 0x46554747)
    return fail(Kind::invalid, "Not a GGUF file.");
  const auto version = TRY(cursor.read<std::uint32_t>());
  if (version < 2 || version > 3)
    return fail(Kind::invalid, "GGUF version " + std::to_string(version) + " is not supported.");
  const auto tensors = TRY(cursor.read<std::uint64_t>());
  const auto pairs = TRY(cursor.read<std::uint64_t>());
  if (tensors > kMostEntries || pairs > kMostEntries)
    return fail(Kind::invalid, "The GGUF header announces more than 100,000 entries.");
  GgufSummary out;
  for (std::uint64_t i = 0; i < pairs; ++i) {
    const auto key = TRY(cursor.text());
    const auto type = TRY(cursor.read<std::uint32_t>());
    const auto value = TRY(read_value(cursor, type, 0));
    const auto keep = [&](std::string& into) {
      if (value.text.size() <= kLongestKept && is_utf8(value.text) &&
          value.text.find('\0') == value.text.npos)
        into = value.text;
    };
    if (key == "general.architecture")
      keep(out.architecture);
    else if (key == "tokenizer.chat_template")
      keep(out.chat_template);
    else if (key == "quantize.imatrix.file")
      keep(out.quantize_imatrix_file);
    else if (key.ends_with(".context_length"))
      out.context_length = value.number;
  }
  for (std::uint64_t i = 0; i < tensors; ++i) {
    TRY(cursor.text());
    const auto dimensions = TRY(cursor.read<std::uint32_t>());
    if (dimensions > 8)
      return fail(Kind::invalid, "A tensor of the GGUF header has more than 8 dimensions.");
    std::uint64_t count = 1;
    for (std::uint32_t d = 0; d < dimensions; ++d)
      if (__builtin_mul_overflow(count, TRY(cursor.read<std::uint64_t>()), &count))
        return fail(Kind::invalid, "A tensor of the GGUF header is too large.");
    TRY_VOID(cursor.skip(12));  // type, offset
    if (__builtin_add_overflow(out.total_parameters, count, &out.total_parameters))
      return fail(Kind::invalid, "The GGUF header counts too many parameters.");
  }
  return out;
}

}  // namespace holt::cards
