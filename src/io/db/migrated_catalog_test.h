// For tests of rooms that have tables: an SQLite catalog with the project's own migrations applied.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "io/db/db.h"

namespace holt::db {

// catalog.sqlite in `folder`, which exists. The texts are read as they are in the tree, so that a
// test needs no build step to see a new migration.
inline std::unique_ptr<Database> open_migrated_catalog(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& entry : std::filesystem::directory_iterator(
           std::filesystem::path(__FILE__).parent_path() / "../../../migrations")) {
    if (entry.path().extension() != ".sql") continue;
    std::ifstream file(entry.path());
    texts.emplace_back(entry.path().stem().string(),
                       std::string(std::istreambuf_iterator<char>(file), {}));
  }
  std::ranges::sort(texts);
  std::vector<Migration> migrations;
  for (const auto& [name, text] : texts) migrations.push_back({name, text});
  auto database = Database::open((folder / "catalog.sqlite").string(), 4);
  EXPECT_TRUE(database->migrate(migrations));
  return database;
}

}  // namespace holt::db
