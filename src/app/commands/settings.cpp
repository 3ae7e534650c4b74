// holt settings: what is in force and where it came from; the documentation page.
#include "app/commands/line.h"

namespace holt::app {

void add_settings(CLI::App& app, Line& line) {
  auto markdown = std::make_shared<bool>(false);
  CLI::App& command =
      *app.add_subcommand("settings", "Shows the settings in force and where each came from.");
  command.add_flag("--markdown", *markdown, "Prints the documentation page instead.");
  add_setting_flags(command, line, Which::all);
  command.callback([&line, markdown] {
    line.chosen = [&line, markdown]() -> Result<void> {
      print(*markdown ? settings_markdown() : settings_text(TRY(line.load())));
      return {};
    };
  });
}

}  // namespace holt::app
