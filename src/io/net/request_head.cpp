// The head of a request and the framing of its body.
#include "io/net/request_head.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/error.hpp>
#include <cstring>
#include <limits>

#include "base/random.h"
#include "base/text.h"

namespace holt::net {
namespace {

namespace beast_http = boost::beast::http;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

boost::asio::const_buffer buffer_of(std::string_view text) { return {text.data(), text.size()}; }

std::optional<http::Method> method_of(beast_http::verb verb) {
  switch (verb) {
    case beast_http::verb::get:
      return http::Method::get;
    case beast_http::verb::head:
      return http::Method::head;
    case beast_http::verb::post:
      return http::Method::post;
    case beast_http::verb::put:
      return http::Method::put;
    case beast_http::verb::delete_:
      return http::Method::del;
    case beast_http::verb::patch:
      return http::Method::patch;
    case beast_http::verb::options:
      return http::Method::options;
    default:
      return std::nullopt;
  }
}

bool is_host(std::string_view host) {
  constexpr std::size_t kMaxHostBytes = 255;
  if (host.empty() || host.size() > kMaxHostBytes) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == ':' || c == '[' || c == ']' || c == '-' || c == '_';
  });
}

std::string new_request_id() {
  static const std::uint64_t start = [] {
    std::uint64_t seed = 0;
    const Bytes bytes = random_bytes(sizeof seed);
    std::memcpy(&seed, bytes.data(), sizeof seed);
    return seed;
  }();
  static std::atomic<std::uint64_t> count{0};
  // splitmix64: neighbours differ in every digit, which is what people compare by.
  std::uint64_t x = start + count.fetch_add(1, std::memory_order_relaxed) * 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  x ^= x >> 31;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id(16, '0');
  for (std::size_t i = 0; i < id.size(); ++i) id[i] = kDigits[x >> (4 * i) & 15];
  return id;
}

}  // namespace

HeadScanner::State HeadScanner::scan(std::string_view buffer) {
  for (;;) {
    const void* found = position_ < buffer.size() ? std::memchr(buffer.data() + position_, '\n',
                                                                buffer.size() - position_)
                                                  : nullptr;
    if (found == nullptr) {
      position_ = buffer.size();
      return State::incomplete;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(found) - buffer.data());
    if (at == line_start_ || buffer[at - 1] != '\r') {
      why_ = "a line of the head ends without a carriage return";
      return State::malformed;
    }
    const bool empty = at == line_start_ + 1;
    if (line_start_ > 0 && (buffer[line_start_] == ' ' || buffer[line_start_] == '\t')) {
      why_ = "a field is folded over two lines";
      return State::malformed;
    }
    line_start_ = position_ = at + 1;
    if (empty) return State::complete;
  }
}

RequestParser::RequestParser(http::Request& request) : request_(request) {
  // Sizes are bounded by the session, which knows the route.
  body_limit(boost::none);
  header_limit(std::numeric_limits<std::uint32_t>::max());
}

std::optional<HeadFault> RequestParser::parse_head(std::string_view head) {
  ErrorCode error;
  eager(false);
  std::size_t consumed = 0;
  // Beast stops after each part when it is not eager: the start line and fields are one.
  while (!is_header_done()) {
    consumed += put(buffer_of(head.substr(consumed)), error);
    if (error)
      return HeadFault{400, "The head of the request is malformed: " + error.message() + "."};
    if (consumed >= head.size() && !is_header_done()) {
      return HeadFault{400, "The head of the request is malformed: it is cut short."};
    }
  }
  if (consumed != head.size()) {
    return HeadFault{400, "The head of the request is malformed: it ends early."};
  }
  in_head_ = false;
  if (!known_method_) return HeadFault{501, "This server does not know the request's method."};
  if (auto fault = check_framing()) return fault;
  return split_target();
}

std::optional<HeadFault> RequestParser::check_framing() {
  if (encodings_ > 0) {
    if (lengths_ > 0) {
      return HeadFault{400, "Content-Length and Transfer-Encoding exclude each other."};
    }
    if (encodings_ > 1 || !chunked() || !is_http11() ||
        !equal_ignoring_case(trim(request_.headers.get("Transfer-Encoding")), "chunked")) {
      return HeadFault{400, "The only Transfer-Encoding known here is chunked, in HTTP/1.1."};
    }
  }
  if (lengths_ > 0) {
    const std::string_view text = trim(request_.headers.get("Content-Length"));
    length_ = parse_u64(text);
    if (lengths_ > 1 || !length_) {
      return HeadFault{400, "Content-Length is one decimal number, given once."};
    }
  }
  if (hosts_ > 1 || (hosts_ == 0 && is_http11())) {
    return HeadFault{400, "A request of HTTP/1.1 has one Host field."};
  }
  const std::string_view expect = request_.headers.get("Expect");
  if (!expect.empty()) {
    if (!equal_ignoring_case(expect, "100-continue")) {
      return HeadFault{417, "The only expectation known here is 100-continue."};
    }
    expects_continue_ = is_http11() && has_body();
  }
  return std::nullopt;
}

std::optional<HeadFault> RequestParser::split_target() {
  std::string_view target = request_.target;
  constexpr std::string_view kScheme = "http://";
  if (equal_ignoring_case(target.substr(0, kScheme.size()), kScheme)) {
    target.remove_prefix(kScheme.size());
    const std::size_t slash = target.find_first_of("/?");
    if (slash == 0 || target.empty()) return HeadFault{400, "The address names no host."};
    request_.headers.set("Host", std::string(target.substr(0, slash)));
    target.remove_prefix(std::min(slash, target.size()));
    if (target.empty()) target = "/";
  }
  const std::size_t question = target.find('?');
  request_.path = target.substr(0, question);
  if (question != std::string_view::npos) {
    request_.query = http::Query::parse(target.substr(question + 1));
    // As in paths: no catalog keeps such text, so nothing can be found by it.
    for (const auto& [name, value] : request_.query.pairs())
      if (value.find('\0') != std::string::npos || !is_utf8(value))
        return HeadFault{400, "The address holds a parameter that is not UTF-8 text without NUL."};
  }
  if (!request_.path.starts_with('/') &&
      !(request_.method == http::Method::options && request_.path == "*")) {
    return HeadFault{400, "The address of a request starts with a slash."};
  }
  return std::nullopt;
}

void RequestParser::on_request_impl(Verb verb, Text, Text target, int version, ErrorCode&) {
  const auto method = method_of(verb);
  known_method_ = method.has_value();
  request_.method = method.value_or(http::Method::get);
  request_.target = view(target);
  version_ = version;
}

void RequestParser::on_field_impl(Field field, Text name, Text value, ErrorCode&) {
  if (!in_head_) return;
  switch (field) {
    case Field::host:
      ++hosts_;
      break;
    case Field::content_length:
      ++lengths_;
      break;
    case Field::transfer_encoding:
      ++encodings_;
      break;
    default:
      break;
  }
  request_.headers.add(std::string(view(name)), std::string(view(value)));
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, ErrorCode& error) {
  const std::size_t room = output_.size() - produced_;
  const std::size_t count = std::min(room, body.size());
  if (count > 0) std::memcpy(output_.data() + produced_, body.data(), count);
  produced_ += count;
  if (count < body.size()) error = beast_http::error::need_buffer;
  return count;
}

RequestParser::Decoded RequestParser::decode(std::string_view input,
                                             std::span<std::uint8_t> output) {
  output_ = output;
  produced_ = 0;
  Decoded result;
  eager(true);
  while (!is_done() && result.consumed < input.size() && produced_ < output.size()) {
    ErrorCode error;
    const std::size_t used = put(buffer_of(input.substr(result.consumed)), error);
    result.consumed += used;
    if (error == beast_http::error::need_more || error == beast_http::error::need_buffer) break;
    if (error) {
      result.malformed = true;
      break;
    }
  }
  result.produced = produced_;
  result.complete = is_done();
  return result;
}

std::optional<std::string> origin_of(const http::Request& request, const http::Pipeline& pipeline) {
  if (!pipeline.public_url.empty()) return pipeline.public_url;
  std::string_view host = trim(request.headers.get("Host"));
  std::string_view scheme = "http";
  if (pipeline.trust_forwarded) {
    const std::string_view proto = request.headers.get("X-Forwarded-Proto");
    if (equal_ignoring_case(trim(proto.substr(0, proto.find(','))), "https")) scheme = "https";
    const std::string_view forwarded = request.headers.get("X-Forwarded-Host");
    if (const auto first = trim(forwarded.substr(0, forwarded.find(','))); !first.empty()) {
      host = first;
    }
  }
  if (host.empty()) host = "localhost";  // HTTP/1.0 may leave it out
  if (!is_host(host)) return std::nullopt;
  std::string origin;
  origin.reserve(scheme.size() + 3 + host.size());
  origin += scheme;
  origin += "://";
  origin += host;
  return origin;
}

std::string request_id_of(const http::Request& request) {
  constexpr std::size_t kMaxIdBytes = 128;
  std::string_view given = request.headers.get("X-Request-Id");
  // The Hub's clients name their requests by this one and look for it in the answer.
  if (given.empty()) given = request.headers.get("X-Amzn-Trace-Id");
  const bool fit =
      !given.empty() && given.size() <= kMaxIdBytes &&
      std::all_of(given.begin(), given.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  return fit ? std::string(given) : new_request_id();
}

std::string remote_of(const http::Request& request, const http::Pipeline& pipeline,
                      const std::string& peer) {
  if (!pipeline.trust_forwarded) return peer;
  const std::string_view forwarded = request.headers.get("X-Forwarded-For");
  const auto last = trim(forwarded.substr(forwarded.rfind(',') + 1));
  return last.empty() || !is_host(last) ? peer : std::string(last);
}

std::string client_of(const std::string& remote) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(remote, error);
  if (error || !address.is_v6()) return remote;
  const auto bytes = address.to_v6().to_bytes();
  return std::string(bytes.begin(), bytes.begin() + bytes.size() / 2);
}

}  // namespace holt::net
