// holt markdown: Markdown on standard input becomes HTML on standard output. The server runs it as
// a child, so that a text which takes the parser too long ends with the child.
#include <unistd.h>

#include "app/commands/line.h"
#include "domain/pages/pages.h"

namespace holt::app {

void add_markdown(CLI::App& app, Line& line) {
  CLI::App& command = *app.add_subcommand(
      "markdown", "Turns Markdown on standard input into HTML (not sanitised).");
  command.group("");  // for the server, not for people
  command.callback([&line] {
    line.chosen = []() -> Result<void> {
      std::string text;
      char buffer[64 << 10];
      for (ssize_t n = 0; (n = ::read(STDIN_FILENO, buffer, sizeof buffer)) > 0;)
        if (text.size() < pages::kLongestText) text.append(buffer, static_cast<std::size_t>(n));
      print(pages::markdown_to_html(text));
      return {};
    };
  });
}

}  // namespace holt::app
