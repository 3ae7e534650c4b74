// One line per event, formatted here and written to stderr by spdlog.
#include "base/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <cmath>

#include "base/text.h"
#include "base/time.h"

namespace holt::log {
namespace {

// The one place that every floor reaches without being handed it; set once by main.
std::atomic<Level> least_level{Level::info};
std::atomic<Format> line_format{Format::text};

std::string_view name_of(Level level, Format format) {
  const bool json = format == Format::json;
  switch (level) {
    case Level::debug:
      return json ? "debug" : "DEBUG";
    case Level::info:
      return json ? "info" : "INFO";
    case Level::warning:
      return json ? "warning" : "WARN";
    case Level::error:
      return json ? "error" : "ERROR";
    case Level::off:
      break;
  }
  return json ? "off" : "OFF";
}

void append_escape(std::string& out, std::uint8_t byte) {
  switch (byte) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
      return;
  }
}

// A quoted string that holds no raw control byte; invalid UTF-8 turns into U+FFFD so that the line
// stays valid JSON and a stranger's text cannot forge a second line.
void append_quoted(std::string& out, std::string_view text) {
  const bool valid = is_utf8(text);
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f) {
      append_escape(out, byte);
    } else if (byte >= 0x80 && !valid) {
      out += "\xEF\xBF\xBD";
    } else {
      out += c;
    }
  }
  out += '"';
}

// In text lines: bare when nothing in it could be misread, quoted otherwise.
void append_text_value(std::string& out, std::string_view text) {
  bool bare = !text.empty();
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '"' || c == '\\' || c == '=') bare = false;
  }
  if (bare) {
    out += text;
  } else {
    append_quoted(out, text);
  }
}

void append_value(std::string& out, const Field& field, Format format) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    if (format == Format::json) {
      append_quoted(out, *text);
    } else {
      append_text_value(out, *text);
    }
  } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
    out += fmt::format("{}", *whole);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += std::isfinite(*real) ? fmt::format("{:.6g}", *real) : std::string("null");
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

void configure(Level level, Format format) {
  least_level = level;
  line_format = format;
}

bool enabled(Level level) { return level != Level::off && level >= least_level.load(); }

std::string line(Timestamp at, Level level, Format format, std::string_view message,
                 std::initializer_list<Field> fields) {
  std::string out;
  out.reserve(160);
  if (format == Format::json) {
    out += "{\"time\":\"";
    out += iso8601(at);
    out += "\",\"level\":\"";
    out += name_of(level, format);
    out += "\",\"message\":";
    append_quoted(out, message);
    for (const Field& field : fields) {
      out += ',';
      append_quoted(out, field.name);
      out += ':';
      append_value(out, field, format);
    }
    out += '}';
    return out;
  }
  out += iso8601(at);
  out += ' ';
  out += name_of(level, format);
  out += ' ';
  for (const char c : message) {
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7f) {
      append_escape(out, byte);
    } else {
      out += c;
    }
  }
  for (const Field& field : fields) {
    out += ' ';
    out += field.name;
    out += '=';
    append_value(out, field, format);
  }
  return out;
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level)) return;
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made =
        std::make_shared<spdlog::logger>("holt", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  const std::string text = line(now(), level, line_format.load(), message, fields);
  logger->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
}

}  // namespace holt::log
