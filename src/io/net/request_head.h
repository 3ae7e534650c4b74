// The head of a request and the framing of its body. Beast reads the grammar; what it tolerates and
// a proxy in front may read differently (request smuggling) is refused here.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "io/http/http.h"

namespace holt::net {

// Why a head is refused; the connection closes after it, since what follows cannot be trusted.
struct HeadFault {
  int status = 400;
  std::string message;
};

// Finds the end of a head in a growing buffer, each byte looked at once.
class HeadScanner {
 public:
  enum class State { incomplete, complete, malformed };
  // `buffer` starts with what the calls before saw. Complete: size() bytes are the head.
  State scan(std::string_view buffer);
  std::size_t size() const { return line_start_; }
  std::string_view why() const { return why_; }
  void reset() { *this = HeadScanner(); }

 private:
  std::size_t position_ = 0;
  std::size_t line_start_ = 0;
  std::string_view why_;
};

class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  explicit RequestParser(http::Request& request);

  // A whole head as HeadScanner found it. Fills method, target, path, query and headers.
  std::optional<HeadFault> parse_head(std::string_view head);

  bool has_body() const { return chunked() || length_.value_or(0) > 0; }
  std::optional<std::uint64_t> length() const { return length_; }  // Content-Length
  bool expects_continue() const { return expects_continue_; }
  bool is_http11() const { return version() == 11; }

  // For chunked bodies: moves decoded bytes from `input` to `output`.
  struct Decoded {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    bool complete = false;
    bool malformed = false;
  };
  Decoded decode(std::string_view input, std::span<std::uint8_t> output);

 private:
  using ErrorCode = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Verb = boost::beast::http::verb;
  using Field = boost::beast::http::field;

  void on_request_impl(Verb verb, Text name, Text target, int version, ErrorCode& error) override;
  void on_response_impl(int, Text, int, ErrorCode&) override {}
  void on_field_impl(Field field, Text name, Text value, ErrorCode& error) override;
  void on_header_impl(ErrorCode&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(Text, ErrorCode&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, Text, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t left, Text body, ErrorCode& error) override;
  void on_finish_impl(ErrorCode&) override {}

  int version() const { return version_; }
  std::optional<HeadFault> check_framing();
  std::optional<HeadFault> split_target();

  http::Request& request_;
  bool in_head_ = true;  // fields after it are trailers, which nobody reads
  bool known_method_ = true;
  bool expects_continue_ = false;
  int version_ = 11;
  std::size_t hosts_ = 0;
  std::size_t lengths_ = 0;
  std::size_t encodings_ = 0;
  std::optional<std::uint64_t> length_;
  std::span<std::uint8_t> output_;
  std::size_t produced_ = 0;
};

// scheme://host[:port] as the client sees this server; nullopt when Host is malformed.
std::optional<std::string> origin_of(const http::Request& request, const http::Pipeline& pipeline);
// The client's own id when it is short and printable, else a new one.
std::string request_id_of(const http::Request& request);
// The last hop of X-Forwarded-For when that is trusted, else the peer.
std::string remote_of(const http::Request& request, const http::Pipeline& pipeline,
                      const std::string& peer);
// Who shares a place in the queues with whom: an IPv4 address; the first half of an IPv6 one, which
// is what one customer of a provider has.
std::string client_of(const std::string& remote);

}  // namespace holt::net
