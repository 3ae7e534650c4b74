// holt openapi: prints the description of the API, without a server.
#include <filesystem>

#include "app/commands/line.h"
#include "app/routes.h"
#include "base/log.h"
#include "base/random.h"

namespace holt::app {
namespace {

// The table refers to services, so they are built, on a folder that goes away again.
class PassingFolder {
 public:
  PassingFolder()
      : path_(std::filesystem::temp_directory_path() / ("holt-openapi-" + random_hex(16))) {}
  ~PassingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  PassingFolder(const PassingFolder&) = delete;
  PassingFolder& operator=(const PassingFolder&) = delete;
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

void add_openapi(CLI::App& app, Line& line) {
  CLI::App& command =
      *app.add_subcommand("openapi", "Prints the OpenAPI document of this version.");
  command.callback([&line] {
    line.chosen = []() -> Result<void> {
      log::configure(log::Level::warning, log::Format::text);
      const PassingFolder folder;
      auto loaded = TRY(load_settings("", [](const char*) -> const char* { return nullptr; },
                                      {{"data", folder.path()}}));
      const auto hub = TRY(open_hub(loaded.settings, Purpose::command));
      http::Router router;
      http::Metrics metrics;
      add_all_routes(router, *hub, metrics);
      print(http::openapi_document(router, version()) + "\n");
      return {};
    };
  });
}

}  // namespace holt::app
