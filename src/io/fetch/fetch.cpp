// HTTP by libcurl.
#include "io/fetch/fetch.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <exception>
#include <memory>
#include <string_view>

#include "base/text.h"

namespace holt::fetch {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

struct Transfer {
  CURL* handle;
  const std::function<void(ByteSpan)>& take;
  std::uint64_t max_bytes;
  std::uint64_t received = 0;
  bool too_large = false;
  std::exception_ptr thrown;
};

long status_of(CURL* handle) {
  long status = 0;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t take_some(char* bytes, std::size_t one, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::size_t size = one * count;
  if (status_of(transfer.handle) != 200) return size;  // an error's text is not the body
  if (size > transfer.max_bytes - transfer.received) {
    transfer.too_large = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.received += size;
  try {
    transfer.take(as_bytes({bytes, size}));
  } catch (...) {
    transfer.thrown = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
  return size;
}

void set_up(CURL* handle, const Wish& wish, Transfer& transfer) {
  curl_easy_setopt(handle, CURLOPT_URL, wish.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, static_cast<long>(wish.connect_limit.count()));
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1024L);
  curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, static_cast<long>(wish.stall_limit.count()));
  curl_easy_setopt(handle, CURLOPT_USERAGENT, "holt");
  if (!wish.bearer.empty()) {
    curl_easy_setopt(handle, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, wish.bearer.c_str());
  }
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take_some);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &transfer);
}

// Without path and query, which may hold what a log should not.
std::string server_of(std::string_view url) {
  const auto begin = url.find("://");
  const auto end = begin == url.npos ? url.npos : url.find('/', begin + 3);
  return std::string(clip(url.substr(0, end), 200));
}

}  // namespace

Result<std::uint64_t> get(const Wish& wish, const std::function<void(ByteSpan)>& take) {
  // Once in the process; the C++ runtime makes the first call the only one.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const Handle handle(ready == CURLE_OK ? curl_easy_init() : nullptr, &curl_easy_cleanup);
  CHECK(handle != nullptr);
  Transfer transfer{handle.get(), take, wish.max_bytes, 0, false, nullptr};
  set_up(handle.get(), wish, transfer);
  const CURLcode code = curl_easy_perform(handle.get());
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  const std::string server = server_of(wish.url);
  if (transfer.too_large)
    return fail(Kind::too_large,
                fmt::format("{} sent more than {} bytes.", server, wish.max_bytes));
  if (code != CURLE_OK)
    return fail(Kind::unavailable,
                fmt::format("{} cannot be asked: {}.", server, curl_easy_strerror(code)));
  switch (const long status = status_of(handle.get())) {
    case 200:
      return transfer.received;
    case 401:
      return fail(Kind::unauthorized, server + " does not know the token.");
    case 403:
      return fail(Kind::forbidden, server + " does not let the owner of the token do this.");
    case 404:
      return fail(Kind::not_found, server + " does not have it.");
    default:
      return fail(Kind::unavailable, fmt::format("{} answered with {}.", server, status));
  }
}

}  // namespace holt::fetch
