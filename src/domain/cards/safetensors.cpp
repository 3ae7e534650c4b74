// Tensor counts per dtype from a safetensors header. Format: docs of the safetensors project.
#include <boost/json.hpp>

#include "base/text.h"
#include "domain/cards/cards.h"

namespace holt::cards {
namespace json = boost::json;

namespace {

// "F8_E4M3", "BF16", …: facts list them, so strangers' words must not fill a row.
constexpr std::size_t kLongestType = 32;
constexpr std::size_t kMostTypes = 64;

}  // namespace

Result<SafetensorsSummary> summarize_safetensors(std::string_view header_json) {
  if (header_json.size() > kMaxSafetensorsHeader)
    return fail(Kind::invalid, "The safetensors header is larger than 100 MiB.");
  boost::system::error_code error;
  const auto parsed = json::parse(header_json, error, {}, {.max_depth = 16});
  if (error || !parsed.is_object())
    return fail(Kind::invalid, "The safetensors header is not a JSON object.");
  SafetensorsSummary out;
  for (const auto& [name, tensor] : parsed.as_object()) {
    if (name == "__metadata__") continue;
    const auto refuse = [&](std::string_view why) {
      return fail(Kind::invalid,
                  "Tensor " + std::string(clip(name, 200)) + ": " + std::string(why));
    };
    if (!tensor.is_object()) return refuse("not an object");
    const auto* dtype = tensor.as_object().if_contains("dtype");
    const auto* shape = tensor.as_object().if_contains("shape");
    if (!dtype || !dtype->is_string() || !shape || !shape->is_array())
      return refuse("dtype or shape is missing");
    if (dtype->as_string().size() > kLongestType) return refuse("its dtype is no word");
    std::uint64_t count = 1;
    for (const auto& dimension : shape->as_array()) {
      if (!dimension.is_int64() || dimension.as_int64() < 0)
        return refuse("a dimension is not a natural number");
      if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(dimension.as_int64()), &count))
        return refuse("more than 2^64 elements");
    }
    if (out.parameters.size() >= kMostTypes &&
        !out.parameters.contains(std::string(dtype->as_string())))
      return refuse("more than 64 dtypes in one file");
    auto& of_dtype = out.parameters[std::string(dtype->as_string())];
    if (__builtin_add_overflow(of_dtype, count, &of_dtype) ||
        __builtin_add_overflow(out.total, count, &out.total))
      return refuse("more than 2^64 elements in all");
  }
  return out;
}

}  // namespace holt::cards
