// Where settings come from, which wins, and what people are told about wrong ones.
#include "app/settings.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/random.h"

namespace holt::app {
namespace {

namespace fs = std::filesystem;

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() : file_(fs::temp_directory_path() / ("holt-settings-" + random_hex(16))) {}
  ~SettingsTest() override { fs::remove(file_); }

  Result<Loaded> load(std::string_view file, std::map<std::string, std::string> environment = {},
                      Flags flags = {}) {
    std::ofstream(file_) << file;
    return load_settings(
        file_.string(),
        [&](const char* name) -> const char* {
          const auto found = environment.find(name);
          return found == environment.end() ? nullptr : found->second.c_str();
        },
        flags);
  }
  void expect_refused(const Result<Loaded>& loaded, std::string_view part) {
    ASSERT_FALSE(loaded);
    EXPECT_NE(loaded.error().message.find(part), std::string::npos) << loaded.error().message;
  }
  fs::path file_;
};

TEST_F(SettingsTest, defaults_are_readable_by_their_own_rules) {
  const auto loaded = load("");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->settings.listen, "0.0.0.0:8080");
  EXPECT_EQ(loaded->settings.lfs_inline_limit_bytes, 10'000'000u);
  EXPECT_FALSE(loaded->settings.hub_private);
  EXPECT_EQ(loaded->sources.size(), setting_table().size());
}

TEST_F(SettingsTest, flags_win_over_the_environment_and_that_over_the_file) {
  const auto loaded = load(
      "# a comment\nlisten = 127.0.0.1:1\ndata = \"/from/file\"\nhub-private = "
      "yes\n\nio-threads=3\n",
      {{"HOLT_DATA", "/from/environment"}, {"HOLT_IO_THREADS", "4"}}, {{"io-threads", "5"}});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->settings.listen, "127.0.0.1:1");
  EXPECT_EQ(loaded->settings.data, "/from/environment");
  EXPECT_EQ(loaded->settings.io_threads, 5u);
  EXPECT_TRUE(loaded->settings.hub_private);
  EXPECT_EQ(loaded->sources.at("listen"), file_.string() + ":2");
  EXPECT_EQ(loaded->sources.at("data"), "HOLT_DATA");
  EXPECT_EQ(loaded->sources.at("io-threads"), "--io-threads");
}

TEST_F(SettingsTest, sizes_take_units) {
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::uint64_t>>{
           {"1", 1}, {"2b", 2}, {"10 MB", 10'000'000}, {"10MiB", 10u << 20}, {"1gib", 1u << 30}}) {
    const auto loaded = load("lfs-inline-limit = " + text);
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->settings.lfs_inline_limit_bytes, bytes) << text;
  }
  expect_refused(load("lfs-inline-limit = 10 parsecs"), "size");
  expect_refused(load("lfs-inline-limit = 99999999999999999TB"), "size");
}

TEST_F(SettingsTest, mistakes_are_named_with_their_place) {
  expect_refused(load("\nlistn = 1"), ":2: there is no setting \"listn\"");
  expect_refused(load("listen"), ":1: a line is");
  expect_refused(load("io-threads = many"), ":1");
  expect_refused(load("data = a\ndata = b"), ":2: data is given a second time");
  expect_refused(load("log-level = loud"), "debug|info|warning|error|off");
  expect_refused(load("public-url = https://hub/"), "no slash at the end");
  expect_refused(load("", {{"HOLT_HUB_PRIVATE", "perhaps"}}), "HOLT_HUB_PRIVATE");
  expect_refused(load("", {}, {{"max-connections", "0"}}), "--max-connections");
  fs::remove(file_);
  expect_refused(
      load_settings(file_.string(), [](const char*) -> const char* { return nullptr; }, {}),
      "no configuration file");
}

TEST_F(SettingsTest, passwords_of_databases_are_not_shown) {
  const auto loaded = load("catalog = postgresql://holt:secret@db/holt").value();
  EXPECT_EQ(settings_text(loaded).find("secret"), std::string::npos);
  EXPECT_EQ(without_password("postgresql://holt:secret@db/holt"), "postgresql://holt:***@db/holt");
  EXPECT_EQ(without_password("postgresql:///x?host=/run:1"), "postgresql:///x?host=/run:1");
  EXPECT_EQ(without_password("/a/b.sqlite"), "/a/b.sqlite");
}

TEST(SettingsPage, is_up_to_date) {
  std::ifstream file(fs::path(__FILE__).parent_path() / "../../docs/guides/settings.md");
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(page, settings_markdown()) << "run: holt settings --markdown > docs/guides/settings.md";
}

}  // namespace
}  // namespace holt::app
