// Query strings and form bodies from strangers: what is decoded is never longer than what came.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "io/http/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto query = holt::http::Query::parse({reinterpret_cast<const char*>(data), size});
  std::size_t total = 0;
  for (const auto& [name, value] : query.pairs()) {
    total += name.size() + value.size();
    if (!query.get(name)) std::abort();
    (void)query.list(name);
    (void)query.flag(name);
  }
  if (total > size) std::abort();
  // Written again it reads the same.
  std::string again;
  for (const auto& [name, value] : query.pairs())
    again += holt::percent_encode(name) + "[]=" + holt::percent_encode(value) + "&";
  if (holt::http::Query::parse(again).pairs() != query.pairs()) std::abort();
  return 0;
}
