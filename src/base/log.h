// Structured log: a message and fields, one line each, JSON or key=value. Never give it a secret.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

namespace holt::log {

enum class Level { debug, info, warning, error, off };
enum class Format { text, json };

struct Field {
  std::string_view name;  // fixed names with dots: "repo.id", "actor", "duration_ms"
  std::variant<std::string_view, std::int64_t, double, bool> value;
};

void configure(Level level, Format format);  // once, from main; stderr
bool enabled(Level level);
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

// The line that write() prints, without its end of line.
std::string line(Timestamp at, Level level, Format format, std::string_view message,
                 std::initializer_list<Field> fields);

inline void info(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::info, m, f);
}
inline void warning(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::warning, m, f);
}
inline void error(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::error, m, f);
}
inline void debug(std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::debug, m, f);
}

}  // namespace holt::log
