// HTTP as the handlers see it: requests, replies, routes and the table they live in. Plain types,
// no sockets. io/net moves the bytes; app/routes.cpp fills the table.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/result.h"

namespace holt::http {

enum class Method { get, head, post, put, del, patch, options };
std::string_view method_name(Method method);

// Header fields in arrival order; names compare without case.
class Headers {
 public:
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  void set(std::string name, std::string value);      // replaces every field of that name
  std::string_view get(std::string_view name) const;  // first value, or empty
  bool has(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Decoded key/value pairs of a query string or a form body, in order. `expand[]=x` reads as
// `expand`.
class Query {
 public:
  static Query parse(std::string_view encoded);
  std::optional<std::string_view> get(std::string_view name) const;  // last value given
  std::vector<std::string_view> all(std::string_view name) const;    // repeated keys
  std::vector<std::string> list(
      std::string_view name) const;  // repeated keys and comma lists, flat
  bool flag(std::string_view name, bool when_absent = false) const;  // true/True/1/yes
  const std::vector<std::pair<std::string, std::string>>& pairs() const { return pairs_; }

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// Takes a request body as it arrives. Called on the work pool, one call at a time, in order.
// A Result error ends the request with that error; the rest of the body is drained or the
// connection closed. Destroying an unfinished sink must leave nothing behind.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Result<void> write(ByteSpan bytes) = 0;
};

// A body written to a file of the sink's choosing, hashed on the way.
// (The content store's staging makes them; see io/blob.)

struct Route;

struct Request {
  Method method = Method::get;
  std::string target;  // as received
  std::string path;    // before '?', still percent-encoded
  Query query;
  Headers headers;
  std::map<std::string, std::string, std::less<>> params;  // captured by the route, decoded
  std::string body;                                        // BodyPolicy::bytes
  std::unique_ptr<BodySink> sink;  // BodyPolicy::sink: what open_sink made, complete
  std::string request_id;
  std::string remote_address;
  // scheme://host[:port] as the client sees this server (configured public URL, else X-Forwarded-*
  // of a trusted proxy, else Host). No trailing slash.
  std::string origin;
  const Route* route = nullptr;
  std::shared_ptr<const void>
      actor;  // what Pipeline::authenticate returned; domain/auth knows its type

  std::string_view param(
      std::string_view name) const;  // empty when the route has no such parameter
};

// A range of an open file that is sent without copying.
struct FileRange {
  SharedFile file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
// One part of a streamed reply: bytes, a range of a file, or many short ranges one after the other.
using Piece = std::variant<Bytes, FileRange, std::vector<FileRange>>;

// A reply body made piece by piece. next() runs on the work pool, only when the client has taken
// what came before, so a slow client holds no thread. nullopt ends the body; throwing cuts the
// connection (the client sees a short body, never a wrong one).
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::optional<Piece> next() = 0;
};

struct Stream {
  std::unique_ptr<BodySource> source;
  std::optional<std::uint64_t> length;  // Content-Length when known, else chunked
};

using Body = std::variant<std::monostate, std::string, std::shared_ptr<const std::string>,
                          FileRange, Stream>;

struct Response {
  int status = 200;
  Headers headers;
  Body body;
  // For HEAD: the Content-Length to announce when the body is left out. The server never sends a
  // body to HEAD and sets Content-Length from the body otherwise.
  std::optional<std::uint64_t> announced_length;

  static Response json(std::string text, int status = 200);
  static Response text(std::string text, int status = 200);
  static Response empty(int status = 200);
  static Response redirect(int status, std::string location);
};

// Who may call a route. The service still decides about the thing asked for.
enum class Access {
  open,       // needs no credentials and reads none (health, metrics, signed URLs)
  anonymous,  // credentials are read if sent; a bad token is refused
  account,    // credentials required
  git,        // like anonymous, but 401 carries WWW-Authenticate: Basic
  cas,        // a Xet token (domain/xet checks it)
};

enum class BodyPolicy {
  none,   // a body is refused with 413, unless empty
  bytes,  // whole in memory, up to max_body_bytes
  sink,   // streamed into what open_sink returns, up to max_body_bytes (0: no bound)
};

using Handler = std::function<Result<Response>(Request&)>;
// Runs on an io thread before the handler: answers from memory or says nullopt. Must not block, nor
// read anything but caches. It does its own authentication.
using FastHandler = std::function<std::optional<Response>(const Request&)>;

struct Route {
  std::string_view id;  // operation id and metrics label, e.g. "create_repo"
  Method method = Method::get;
  // Literal segments, {name}, {name:a|b|c} (one of), {name*} (rest of the path, may hold slashes,
  // may not be empty). "{owner}/{name}.git" style suffixes are allowed: {name}.git
  std::string path;
  Access access = Access::anonymous;
  BodyPolicy body = BodyPolicy::none;
  std::uint64_t max_body_bytes = 1 << 20;
  std::string_view summary = {};              // one sentence for the API document
  std::vector<std::string_view> errors = {};  // X-Error-Code values it can answer
  bool internal = false;                      // not part of the public hub's API
  // May take seconds, or wait for a child process or for others who change the same repository:
  // runs on threads of its own kind, so that the quick ones are never all taken.
  bool slow = false;
  // Called when the head is in; may refuse (permission, quota) before a byte of the body is read.
  std::function<Result<std::unique_ptr<BodySink>>(Request&)> open_sink = nullptr;
  FastHandler fast = nullptr;
};

// The table. Registration happens before serving; afterwards it is read by all threads.
class Router {
 public:
  Router();
  ~Router();
  Router(const Router&) = delete;

  // Throws std::logic_error on a duplicate (method, path) or a malformed pattern.
  void add(Route route, Handler handler);

  struct Match {
    const Route* route = nullptr;
    const Handler* handler = nullptr;
    std::map<std::string, std::string, std::less<>> params;
  };
  // HEAD falls back to GET. Literal segments win over {one of}, those over {name}, those over
  // {rest*}; alternatives are tried when a later segment does not fit. not_found or
  // method_not_allowed otherwise.
  Result<Match> match(Method method, std::string_view path) const;

  const std::vector<std::unique_ptr<Route>>& routes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Per-route counters in Prometheus text form; safe from any thread.
class Metrics {
 public:
  Metrics();
  ~Metrics();
  void request_done(std::string_view route_id, int status, std::int64_t duration_us,
                    std::uint64_t bytes_in, std::uint64_t bytes_out);
  void in_flight(int change);
  // A number read when scraped.
  void gauge(std::string name, std::string help, std::function<double()> read);
  // A counter with one label, `what`; few and known values.
  void count(std::string_view name, std::string_view label_value, double amount = 1);
  std::string scrape() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What every reply says to browsers unless its handler says otherwise: how little may be done with
// it.
class SecurityFields {
 public:
  // Of Strict-Transport-Security; empty: none.
  explicit SecurityFields(std::string_view transport_security = {});
  // As whole lines, each with its CRLF, those that are not `given`.
  void append_missing(std::string& out, const Headers& given) const;
  // Of a document that shows itself and nothing else. Pages and files for other sites' pages say
  // more.
  static std::string_view content_policy();
  static constexpr std::string_view kTransportSecurity = "Strict-Transport-Security";

 private:
  std::vector<std::pair<std::string_view, std::string>> fields_;  // name, line
};

// What the server does around each handler.
struct Pipeline {
  const Router* router = nullptr;
  Metrics* metrics = nullptr;
  // Reads credentials per the route's Access; runs on the work pool. Returns the actor slot.
  std::function<Result<std::shared_ptr<const void>>(const Request&)> authenticate;
  // A name for the access log line.
  std::function<std::string(const Request&)> actor_name;
  // Told of each refusal (forbidden) of a change; runs on the work pool, must not throw.
  std::function<void(const Request&, const Error&)> refused = nullptr;
  SecurityFields security;
  std::string public_url;        // empty: derive from the request
  bool trust_forwarded = false;  // believe X-Forwarded-Proto/Host/For
};

// Error → reply: status, X-Error-Code, X-Error-Message, extra headers, JSON {"error": …}. The text
// of an internal error stays in the log; the caller gets a general sentence with the request id.
Response error_response(const Error& error);
Response error_response(const Error& error, std::string_view request_id);
int status_of(Kind kind);
log::Level log_level_of(Kind kind);

// For browsers of any origin: the head lines of each reply, and the answer to OPTIONS.
std::string_view cors_fields();  // whole lines, each with its CRLF
Response preflight_response();

// The OpenAPI 3.1 document of the table.
std::string openapi_document(const Router& router, std::string_view version);

// One byte range of a body of `size` bytes. nullopt: no (or unusable, multi) range, send all;
// error range_not_satisfiable carries Content-Range: bytes */size.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
};
Result<std::optional<ByteRange>> parse_range(std::string_view header, std::uint64_t size);
// Several ranges in the order given (Xet data URLs); empty when the header is absent; bounded to
// 1,000, and to as many bytes as there are.
Result<std::vector<ByteRange>> parse_ranges(std::string_view header, std::uint64_t size);

}  // namespace holt::http
