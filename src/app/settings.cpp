// The table of settings, and how values are read from the file, the environment and the flags.
#include "app/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "base/text.h"

namespace holt::app {
namespace {

constexpr std::size_t kLargestFile = 256 << 10;

constexpr auto kTable = std::to_array<Setting>({
    {"data", &Settings::data, Form::text, "./data", "The data folder; made if it is missing."},
    {"listen", &Settings::listen, Form::text, "0.0.0.0:8080",
     "Address and port to serve on; port 0 takes a free one."},
    {"public-url", &Settings::public_url, Form::text, "",
     "The hub's address as clients see it (https://hub.example.com). Empty: taken from each "
     "request."},
    {"trust-forwarded", &Settings::trust_forwarded, Form::flag, "false",
     "Believe X-Forwarded-Proto, -Host and -For. Only behind a proxy that sets them itself."},
    {"catalog", &Settings::catalog, Form::text, "",
     "The catalog: a SQLite file, or postgresql://user@host/database. Empty: catalog.sqlite in the "
     "data folder."},
    {"catalog-connections",
     &Settings::catalog_connections,
     Form::number,
     "16",
     "Most connections to the catalog at once.",
     {},
     2,
     1000},
    {"hub-private", &Settings::hub_private, Form::flag, "false",
     "Callers without an account may read nothing, not even public repositories. Given here, it is "
     "not to be changed on the pages."},
    {"open-to-join", &Settings::open_to_join, Form::flag, "false",
     "People may make accounts by themselves, on the page /join. Given here, it is not to be "
     "changed on the pages."},
    {"token-protection", &Settings::token_protection, Form::choice, "public",
     "Where commits and pushes are refused when a text file in them holds a live access token of "
     "this hub.",
     "off|public|all"},
    {"session-days",
     &Settings::session_days,
     Form::number,
     "30",
     "How long a browser stays signed in, at most.",
     {},
     1,
     3650},
    {"session-idle-hours",
     &Settings::session_idle_hours,
     Form::number,
     "168",
     "How long a browser stays signed in without being used.",
     {},
     1,
     87600},
    {"hsts", &Settings::hsts, Form::choice, "subdomains",
     "Where public-url is https: tell browsers to use https only, for this host or for its "
     "subdomains too.",
     "off|host|subdomains"},
    {"log-level", &Settings::log_level, Form::choice, "info",
     "The least important messages that are logged.", "debug|info|warning|error|off"},
    {"log-format", &Settings::log_format, Form::choice, "text",
     "The form of log lines, on standard error.", "text|json"},
    {"io-threads",
     &Settings::io_threads,
     Form::number,
     "0",
     "Threads that serve sockets. 0: one per core, at most 16.",
     {},
     0,
     256},
    {"work-threads",
     &Settings::work_threads,
     Form::number,
     "0",
     "Threads that do blocking work (catalog, disk), and as many more for long work (git, "
     "commits). "
     "0: four per core, 8 to 64.",
     {},
     0,
     1024},
    {"max-connections",
     &Settings::max_connections,
     Form::number,
     "20000",
     "Most client connections at once.",
     {},
     1,
     10'000'000},
    {"open-repositories",
     &Settings::open_repositories,
     Form::number,
     "512",
     "Most git repositories kept open in memory; the others are opened when needed.",
     {},
     1,
     1'000'000},
    {"lfs-inline-limit",
     &Settings::lfs_inline_limit_bytes,
     Form::size,
     "10MB",
     "Files up to this size stay in git unless .gitattributes says otherwise; larger ones are "
     "uploaded as large files.",
     {},
     1,
     std::uint64_t{1} << 30},
    {"xet-convert", &Settings::xet_convert, Form::flag, "true",
     "Give files that came by LFS their Xet form in the background, so that later versions of them "
     "store only what changed."},
    {"gc-grace-hours",
     &Settings::gc_grace_hours,
     Form::number,
     "24",
     "How long an object that nothing refers to is kept: at least as long as the longest upload.",
     {},
     1,
     87600},
    {"gc-every-hours",
     &Settings::gc_every_hours,
     Form::number,
     "24",
     "How often the server itself collects what nothing refers to. 0: only `holt gc` does.",
     {},
     0,
     8760},
    {"gc-undo-days",
     &Settings::gc_undo_days,
     Form::number,
     "7",
     "How long what was collected stays in the bin, from where `holt gc --undo` brings it back; "
     "until then it takes its space. 0: until the next collection.",
     {},
     0,
     3650},
    {"scrub-days",
     &Settings::scrub_days,
     Form::number,
     "30",
     "The server reads and checks a share of all stored bytes each day, so that in this many days "
     "it has checked all of them. 0: only `holt scrub` does.",
     {},
     0,
     3650},
    {"scrub-rate-mb-s",
     &Settings::scrub_rate_mb_s,
     Form::number,
     "50",
     "Most MB per second that the server reads for these checks. 0: as fast as it goes.",
     {},
     0,
     100'000},
});

struct Unit {
  std::string_view name;
  std::uint64_t bytes;
};
// Longest names first, since each is looked for at the end of the text.
constexpr auto kUnits = std::to_array<Unit>({{"kib", std::uint64_t{1} << 10},
                                             {"mib", std::uint64_t{1} << 20},
                                             {"gib", std::uint64_t{1} << 30},
                                             {"tib", std::uint64_t{1} << 40},
                                             {"kb", 1'000},
                                             {"mb", 1'000'000},
                                             {"gb", 1'000'000'000},
                                             {"tb", 1'000'000'000'000},
                                             {"b", 1}});

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string key = lower(trim(text));
  std::string_view number = key;
  std::uint64_t scale = 1;
  for (const Unit& unit : kUnits) {
    if (!number.ends_with(unit.name)) continue;
    number = trim(number.substr(0, number.size() - unit.name.size()));
    scale = unit.bytes;
    break;
  }
  const auto count = parse_u64(number);
  if (!count || *count > UINT64_MAX / scale) return std::nullopt;
  return *count * scale;
}

std::optional<bool> parse_flag(std::string_view text) {
  const std::string word = lower(text);
  for (auto yes : {"true", "yes", "on", "1"}) {
    if (word == yes) return true;
  }
  for (auto no : {"false", "no", "off", "0"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

Result<void> check_text(const Setting& setting, std::string_view text,
                        const std::string& complaint) {
  if (setting.form == Form::choice) {
    const auto known = split(setting.choices, '|');
    if (std::ranges::find(known, text) == known.end()) {
      return fail(Kind::invalid, complaint + "it is one of " + std::string(setting.choices) + ".");
    }
  }
  const bool is_url = text.starts_with("http://") || text.starts_with("https://");
  if (setting.name == "public-url" && !text.empty() && (!is_url || text.ends_with('/'))) {
    return fail(Kind::invalid,
                complaint + "it starts with http:// or https:// and has no slash at the end.");
  }
  if (setting.name == "listen" && text.find(':') == text.npos) {
    return fail(Kind::invalid,
                complaint + "it is ADDRESS:PORT, such as 0.0.0.0:8080 or [::]:8080.");
  }
  if (setting.name == "data" && text.empty())
    return fail(Kind::invalid, complaint + "it names a folder.");
  return {};
}

Result<void> assign(Settings& settings, const Setting& setting, std::string_view text,
                    std::string_view source) {
  const std::string complaint =
      fmt::format("{} cannot be \"{}\" ({}): ", setting.name, clip(text, 200), source);
  if (const auto* field = std::get_if<std::string Settings::*>(&setting.field)) {
    const std::string checked(text);
    if (auto fits = check_text(setting, checked, complaint); !fits) return fits;
    settings.*(*field) = checked;
    return {};
  }
  if (const auto* field = std::get_if<bool Settings::*>(&setting.field)) {
    const auto value = parse_flag(text);
    if (!value) return fail(Kind::invalid, complaint + "it is true or false.");
    settings.*(*field) = *value;
    return {};
  }
  const auto value = setting.form == Form::size ? parse_size(text) : parse_u64(text);
  if (!value) {
    return fail(Kind::invalid,
                complaint + (setting.form == Form::size ? "it is a size, such as 10MB or 1GiB."
                                                        : "it is a whole number."));
  }
  if (*value < setting.least || *value > setting.most) {
    return fail(Kind::invalid,
                complaint + fmt::format("it is from {} to {}.", setting.least, setting.most));
  }
  settings.*std::get<std::uint64_t Settings::*>(setting.field) = *value;
  return {};
}

Result<void> read_file(Loaded& loaded, const std::string& path) {
  const SharedFile file = open_for_reading(path);
  if (!file) return fail(Kind::not_found, "There is no configuration file " + path + ".");
  if (file->size_bytes() > kLargestFile)
    return fail(Kind::too_large, path + " is larger than 256 KiB.");
  const std::string text = file->read_text(0, static_cast<std::size_t>(file->size_bytes()));
  std::size_t number = 0;
  for (std::string_view line : split(text, '\n')) {
    const std::string where = fmt::format("{}:{}", path, ++number);
    line = trim(line);
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    if (equals == line.npos)
      return fail(Kind::invalid, where + ": a line is `name = value`, or starts with #.");
    const auto name = trim(line.substr(0, equals));
    auto value = trim(line.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    const Setting* setting = find_setting(name);
    if (setting == nullptr) {
      return fail(Kind::invalid,
                  fmt::format("{}: there is no setting \"{}\"; `holt settings` lists them.", where,
                              clip(name, 100)));
    }
    if (loaded.sources[std::string(name)].starts_with(path + ":")) {
      return fail(Kind::invalid, fmt::format("{}: {} is given a second time.", where, name));
    }
    TRY_VOID(assign(loaded.settings, *setting, value, where));
    loaded.sources[std::string(name)] = where;
  }
  return {};
}

std::string in_words(const Setting& setting) {
  switch (setting.form) {
    case Form::text:
      return "text";
    case Form::choice:
      return std::string(setting.choices);
    case Form::flag:
      return "true or false";
    case Form::number:
      return "number";
    case Form::size:
      return "size";
  }
  return {};
}

}  // namespace

std::span<const Setting> setting_table() { return kTable; }

const Setting* find_setting(std::string_view name) {
  const auto found = std::ranges::find(kTable, name, &Setting::name);
  return found == kTable.end() ? nullptr : &*found;
}

std::string environment_name(const Setting& setting) {
  std::string name = "HOLT_";
  for (const char c : setting.name)
    name += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return name;
}

std::string text_of(const Settings& settings, const Setting& setting) {
  if (const auto* field = std::get_if<std::string Settings::*>(&setting.field))
    return settings.*(*field);
  if (const auto* field = std::get_if<bool Settings::*>(&setting.field))
    return settings.*(*field) ? "true" : "false";
  return std::to_string(settings.*std::get<std::uint64_t Settings::*>(setting.field));
}

std::string without_password(std::string_view location) {
  const auto scheme = location.find("://");
  const auto at = scheme == location.npos ? location.npos : location.find('@', scheme);
  const auto colon = scheme == location.npos ? location.npos : location.find(':', scheme + 3);
  if (at == location.npos || colon == location.npos || colon > at) return std::string(location);
  return std::string(location.substr(0, colon + 1)) + "***" + std::string(location.substr(at));
}

Result<Loaded> load_settings(const std::string& config_file,
                             const std::function<const char*(const char*)>& read_environment,
                             const Flags& flags) {
  Loaded loaded;
  for (const Setting& setting : kTable) {
    TRY_VOID(assign(loaded.settings, setting, setting.default_text, "default"));
    loaded.sources[std::string(setting.name)] = "default";
  }
  std::string file = config_file;
  if (const char* named = file.empty() ? read_environment("HOLT_CONFIG") : nullptr;
      named != nullptr)
    file = named;
  if (!file.empty()) TRY_VOID(read_file(loaded, file));
  for (const Setting& setting : kTable) {
    const std::string variable = environment_name(setting);
    const char* value = read_environment(variable.c_str());
    if (value == nullptr) continue;
    TRY_VOID(assign(loaded.settings, setting, value, variable));
    loaded.sources[std::string(setting.name)] = variable;
  }
  for (const auto& [name, value] : flags) {
    const Setting* setting = find_setting(name);
    CHECK(setting != nullptr);
    TRY_VOID(assign(loaded.settings, *setting, value, "--" + name));
    loaded.sources[name] = "--" + name;
  }
  for (const auto& [name, source] : loaded.sources)
    if (source != "default") loaded.settings.given.insert(name);
  return loaded;
}

log::Level log_level(const Settings& settings) {
  if (settings.log_level == "debug") return log::Level::debug;
  if (settings.log_level == "warning") return log::Level::warning;
  if (settings.log_level == "error") return log::Level::error;
  if (settings.log_level == "off") return log::Level::off;
  return log::Level::info;
}

std::string settings_text(const Loaded& loaded) {
  std::string out;
  for (const Setting& setting : kTable) {
    std::string value = text_of(loaded.settings, setting);
    if (setting.name == "catalog") value = without_password(value);
    out += fmt::format("{:<20} = {:<28} # {}\n", setting.name, value.empty() ? "\"\"" : value,
                       loaded.sources.find(setting.name)->second);
  }
  return out;
}

std::string settings_markdown() {
  std::string out =
      "# Settings\n\n"
      "Generated by `holt settings --markdown`; `make check` fails when this page is stale.\n\n"
      "Every setting can be given in a configuration file (`holt serve --config FILE`, lines of\n"
      "`name = value`, `#` begins a comment line), in the environment, or as a flag of `holt "
      "serve`. A flag wins\n"
      "over the environment, the environment over the file. `holt settings` shows what is in force "
      "and where\n"
      "each value came from. The other commands take `--data`, `--catalog` and `--config`.\n\n"
      "| name | environment | value | default | |\n|---|---|---|---|---|\n";
  for (const Setting& setting : kTable) {
    std::string form = in_words(setting);
    for (std::size_t at = 0; (at = form.find('|', at)) != form.npos; at += 2)
      form.insert(at, 1, '\\');
    const std::string shown =
        setting.default_text.empty() ? "" : fmt::format("`{}`", setting.default_text);
    out += fmt::format("| `{}` | `{}` | {} | {} | {} |\n", setting.name, environment_name(setting),
                       form, shown, setting.help);
  }
  return out;
}

}  // namespace holt::app
