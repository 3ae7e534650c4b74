// Paths from strangers against a table with every kind of segment.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "io/http/http.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using holt::http::Method;
  static const auto* const table = [] {
    auto* router = new holt::http::Router();
    const auto handler = [](holt::http::Request&) -> holt::Result<holt::http::Response> {
      return holt::http::Response::empty();
    };
    for (const char* path :
         {"/", "/api/models", "/api/{type:models|datasets}/{owner}/{name}",
          "/api/{type:models|datasets}/{owner}/{name}/tree/{rev}/{path*}",
          "/{owner}/{name}.git/info/refs", "/{owner}/{name}/resolve/{rev}/{path*}",
          "/{type:datasets|spaces}/{owner}/{name}/resolve/{rev}/{path*}", "/{owner}/{name}"}) {
      router->add({.id = "r", .path = path}, handler);
    }
    return router;
  }();
  const std::string_view path(reinterpret_cast<const char*>(data), size);
  if (const auto match = table->match(Method::head, path)) {
    for (const auto& [name, value] : match->params) {
      if (value.empty() || !holt::is_utf8(value)) std::abort();
    }
  }
  return 0;
}
