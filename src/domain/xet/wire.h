// JSON of the Xet API.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/xet/xet.h"
#include "domain/xetformat/xetformat.h"

namespace holt::xet::wire {

std::string token(const Grant& grant);
std::string xorb_stored(bool was_inserted);
std::string shard_stored(bool added);
// Lines of the second version's reply to a shard, each with its end of line.
std::string validating(std::uint64_t verified, std::uint64_t total);
std::string result(bool added);
std::string failure(std::string_view message);

// A URL for `count` ranges of a fetch, from the `first`.
using UrlOf = std::function<std::string(const xetformat::XorbFetch& fetch, std::size_t first,
                                        std::size_t count)>;
std::string reconstruction_v1(const xetformat::Plan& plan, const UrlOf& url_of);
std::string reconstruction_v2(const xetformat::Plan& plan, std::size_t ranges_per_url,
                              const UrlOf& url_of);
// By text form of the file hash; what several files fetch from one xorb is merged.
std::string reconstructions(const std::map<std::string, xetformat::Plan>& plans,
                            const UrlOf& url_of);
// [{"prefix", "hash"}, …] → the hashes.
Result<std::vector<std::string>> read_batch(std::string_view body);

}  // namespace holt::xet::wire
