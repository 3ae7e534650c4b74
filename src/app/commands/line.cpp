// The command line as a whole: parsing, help, exit statuses.
#include "app/commands/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "app/commands/commands.h"
#include "app/routes.h"
#include "base/log.h"
#include "base/text.h"

namespace holt::app {
namespace {

constexpr int kUsage = 2;
constexpr std::size_t kLongestInput = 1 << 20;

}  // namespace

Flags Line::flags() const {
  Flags given;
  for (const auto& [name, option] : options) {
    if (option->count() > 0) given.emplace_back(name, values.find(name)->second);
  }
  return given;
}

Result<Loaded> Line::load() const {
  return load_settings(
      config, [](const char* name) -> const char* { return std::getenv(name); }, flags());
}

void add_setting_flags(CLI::App& command, Line& line, Which which) {
  command.add_option("--config", line.config, "A file of settings (HOLT_CONFIG).")
      ->type_name("FILE");
  for (const Setting& setting : setting_table()) {
    if (which == Which::catalog && setting.name != "data" && setting.name != "catalog") continue;
    const std::string name(setting.name);
    std::string& value = line.values[name];
    std::string help(setting.help);
    help += fmt::format(" ({}{}{})", environment_name(setting),
                        setting.default_text.empty() ? "" : ", default ", setting.default_text);
    CLI::Option* option = setting.form == Form::flag ? command.add_flag("--" + name, value, help)
                                                     : command.add_option("--" + name, value, help);
    if (setting.form == Form::choice) option->type_name(std::string(setting.choices));
    line.options.emplace_back(name, option);
  }
}

void on_hub(CLI::App& command, Line& line, Work work) {
  add_setting_flags(command, line, Which::catalog);
  command.callback([&line, work = std::move(work)] {
    line.chosen = [&line, work]() -> Result<void> {
      const Loaded loaded = TRY(line.load());
      // People read the output of commands; the log is for what goes wrong.
      log::configure(std::max(log_level(loaded.settings), log::Level::warning), log::Format::text);
      auth::act_as_command_line();
      const auto hub = TRY(open_hub(loaded.settings, Purpose::command));
      return work(*hub);
    };
  });
}

std::string read_line_from_stdin() {
  std::string text;
  for (int c = std::getchar(); c != EOF && c != '\n' && text.size() < kLongestInput;
       c = std::getchar()) {
    text += static_cast<char>(c);
  }
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error("standard output cannot be written to");
  }
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i + 1 == row.size() ? row[i] : fmt::format("{:<{}}  ", row[i], widths[i]);
    }
    out += '\n';
  }
  print(out);
}

int run_command_line(int count, char** words) {
  CLI::App app("Holt, a home for models, datasets and demo apps.", "holt");
  app.set_version_flag("--version", std::string(version()));
  app.require_subcommand(1);
  Line line;
  add_serve(app, line);
  add_user(app, line);
  add_org(app, line);
  add_token(app, line);
  add_repo(app, line);
  add_upkeep(app, line);
  add_audit(app, line);
  add_settings(app, line);
  add_openapi(app, line);
  add_markdown(app, line);
  try {
    app.parse(count, words);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : kUsage;
  }
  const auto done = line.chosen();
  if (done) return line.status;
  std::fprintf(stderr, "holt: %s\n", done.error().message.c_str());
  return 1;
}

}  // namespace holt::app
