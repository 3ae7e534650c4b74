// .gitattributes and .gitignore as strangers write them, with a path; also paths and reference
// names. Input: a path, a zero byte, the text of the file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "io/gitio/gitio.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto input = holt::as_text({data, size});
  const auto zero = input.find('\0');
  const auto path = input.substr(0, zero).substr(0, 4096);
  const auto text = zero == input.npos ? input : input.substr(zero + 1);
  const bool lfs = holt::gitio::Attributes::parse(text).is_lfs(path);
  const bool ignored = holt::gitio::Ignores::parse(text).is_ignored(path);
  // A last line that names everything decides.
  const std::string all(text);
  if (text.size() < 1000 && holt::gitio::Attributes::parse(all + "\n* -filter\n").is_lfs(path))
    std::abort();
  if (holt::gitio::check_path(path) && path.find('\0') != path.npos) std::abort();
  return static_cast<int>(lfs && ignored && holt::gitio::valid_ref_name(path)) * 0;
}
