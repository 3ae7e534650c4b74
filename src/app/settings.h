// The settings of Holt: one table of them gives the configuration file, the environment, the flags,
// the help and docs/guides/settings.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/result.h"

namespace holt::app {

struct Settings {
  std::string data, listen, public_url, catalog, log_level, log_format;
  bool trust_forwarded = false, hub_private = false, open_to_join = false, xet_convert = false;
  std::string token_protection, hsts;
  std::uint64_t session_days = 0, session_idle_hours = 0;
  std::uint64_t io_threads = 0, work_threads = 0, catalog_connections = 0, max_connections = 0;
  std::uint64_t open_repositories = 0, lfs_inline_limit_bytes = 0, gc_grace_hours = 0;
  std::uint64_t gc_every_hours = 0, gc_undo_days = 0, scrub_days = 0, scrub_rate_mb_s = 0;
  std::set<std::string, std::less<>> given;  // names of those that are not left to their defaults
};

enum class Form {
  text,
  choice,
  flag,
  number,
  size
};  // size: bytes, with an optional unit (10MB, 1GiB)

struct Setting {
  std::string_view name;  // of the flag and in the file: "public-url"
  std::variant<std::string Settings::*, bool Settings::*, std::uint64_t Settings::*> field;
  Form form = Form::text;
  std::string_view default_text;  // read by the same rules as what people write
  std::string_view help;          // one sentence
  std::string_view choices = {};  // "debug|info|warning"
  std::uint64_t least = 0, most = UINT64_MAX;
};

std::span<const Setting> setting_table();
const Setting* find_setting(std::string_view name);
std::string environment_name(const Setting& setting);  // HOLT_PUBLIC_URL
std::string text_of(const Settings& settings, const Setting& setting);

// A database address with its password replaced by ***, for people and logs.
std::string without_password(std::string_view location);

struct Loaded {
  Settings settings;
  std::map<std::string, std::string, std::less<>>
      sources;  // name → "default", "flag", "HOLT_X", "file:line"
};

// Later wins: defaults, the file, the environment, the flags. Errors name the setting and where it
// was given. `read_environment` is nullptr-returning like getenv. An unknown name in the file is an
// error.
using Flags = std::vector<std::pair<std::string, std::string>>;
Result<Loaded> load_settings(const std::string& config_file,
                             const std::function<const char*(const char*)>& read_environment,
                             const Flags& flags);

log::Level log_level(const Settings& settings);

std::string settings_text(const Loaded& loaded);  // a table for people
std::string settings_markdown();                  // docs/guides/settings.md

}  // namespace holt::app
