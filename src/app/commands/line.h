// What the files of the command line share: the parsed line, and opening the hub it names.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/settings.h"
#include "app/wiring.h"
#include "base/result.h"

namespace holt::app {

// Lives as long as the run of the program; the callbacks of CLI11 fill it.
struct Line {
  std::string config;
  std::map<std::string, std::string, std::less<>> values;  // of setting flags, by setting
  std::vector<std::pair<std::string, CLI::Option*>> options;
  std::function<Result<void>()> chosen;  // the work of the command that was named
  int status = 0;                        // what the program ends with when the work was done

  Flags flags() const;  // the settings that were given
  Result<Loaded> load() const;
};

enum class Which { all, catalog };  // catalog: --data, --catalog, --config
void add_setting_flags(CLI::App& command, Line& line, Which which);

// A command that works on the hub: adds the flags, and opens the hub before `work`.
using Work = std::function<Result<void>(Hub&)>;
void on_hub(CLI::App& command, Line& line, Work work);

// First line of standard input, without its end; at most 1 MiB.
std::string read_line_from_stdin();
void print(std::string_view text);
// Columns as wide as their widest cell; the first row is the heading.
void print_table(const std::vector<std::vector<std::string>>& rows);

void add_serve(CLI::App& app, Line& line);
void add_user(CLI::App& app, Line& line);
void add_org(CLI::App& app, Line& line);
void add_token(CLI::App& app, Line& line);
void add_repo(CLI::App& app, Line& line);
void add_upkeep(CLI::App& app, Line& line);
void add_settings(CLI::App& app, Line& line);
void add_audit(CLI::App& app, Line& line);
void add_revoke_leaked(CLI::App& token, Line& line);  // a command of `holt token`
void add_openapi(CLI::App& app, Line& line);
void add_markdown(CLI::App& app, Line& line);

}  // namespace holt::app
