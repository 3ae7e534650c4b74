// Result, Error and TRY: how every floor tells its caller that something ordinary went wrong.
// Exceptions are for what should never happen (a bug, a full disk, a lost database).
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holt {

// What went wrong, in one closed list. io/http/error_table.cpp maps each to a status and a log
// level.
enum class Kind {
  invalid,                // malformed input: 400
  unauthorized,           // no or bad credentials: 401
  forbidden,              // known caller without the right: 403
  not_found,              // 404
  method_not_allowed,     // 405
  conflict,               // already exists, or lost a race that cannot be retried: 409
  gone,                   // 410
  precondition_failed,    // parent commit is not the tip: 412
  too_large,              // 413
  range_not_satisfiable,  // 416
  unprocessable,          // well-formed but not acceptable (card, pointer without object): 422
  rate_limited,           // 429
  internal,               // a bug or a corrupt object; the message is generic: 500
  not_implemented,        // 501
  unavailable,            // shutting down or read-only: 503
  storage_full,           // 507
};

struct Error {
  Kind kind = Kind::internal;
  // The Hub's word for it ("RepoNotFound"), sent as X-Error-Code; empty where the Hub has none.
  // Points at a string literal.
  std::string_view tag;
  // May be shown to the caller: what happened, to what, and what to do next.
  std::string message;
  // For the log only.
  std::string detail;
  // Further reply headers that clients read beside the message, such as X-Repo-Commit.
  std::vector<std::pair<std::string, std::string>> headers;
};

template <class T>
using Result = std::expected<T, Error>;

// `return fail(Kind::invalid, "…")` from any function that returns a Result.
inline std::unexpected<Error> fail(Kind kind, std::string message, std::string_view tag = {}) {
  return std::unexpected<Error>(Error{kind, tag, std::move(message), {}, {}});
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace holt

// auto value = TRY(function_returning_result());  Not for coroutines. The variable's name is unique
// so that a TRY may stand inside another's argument.
#define HOLT_TRY_NAMED(name, expression)                              \
  ({                                                                  \
    auto&& name = (expression);                                       \
    if (!name) [[unlikely]]                                           \
      return std::unexpected<::holt::Error>(std::move(name).error()); \
    std::move(name).value();                                          \
  })
#define HOLT_JOINED(a, b) a##b
#define HOLT_TRY_COUNTED(counter, expression) \
  HOLT_TRY_NAMED(HOLT_JOINED(try_result_, counter), expression)
#define TRY(expression) HOLT_TRY_COUNTED(__COUNTER__, expression)

// TRY_VOID(function_returning_result_void());
#define TRY_VOID(expression)                                                 \
  do {                                                                       \
    auto&& try_result_ = (expression);                                       \
    if (!try_result_) [[unlikely]]                                           \
      return std::unexpected<::holt::Error>(std::move(try_result_).error()); \
  } while (false)

// Aborts the operation by an exception when a condition that the code guarantees does not hold.
#define CHECK(condition)                                    \
  do {                                                      \
    if (!(condition)) [[unlikely]]                          \
      ::holt::check_failed(#condition, __FILE__, __LINE__); \
  } while (false)

namespace holt {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}
