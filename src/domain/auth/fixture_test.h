// An Auth on a fresh catalog, for the tests of the room.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "domain/auth/auth.h"
#include "io/db/migrated_catalog_test.h"

namespace holt::auth {

namespace fs = std::filesystem;

inline constexpr std::string_view kWrong = "Invalid credentials in Authorization header";

inline std::string bearer(std::string_view token) { return "Bearer " + std::string(token); }
inline std::string basic(std::string_view name, std::string_view secret) {
  return "Basic " + to_base64(as_bytes(std::string(name) + ":" + std::string(secret)));
}

class AuthTest : public testing::Test {
 protected:
  AuthTest() : folder_(fs::temp_directory_path() / ("holt-auth-" + random_hex(16))) {
    fs::create_directories(folder_);
    database_ = db::open_migrated_catalog(folder_);
    auth_ = std::make_unique<Auth>(*database_, false);
  }
  ~AuthTest() override {
    auth_.reset();
    database_.reset();
    fs::remove_all(folder_);
  }
  std::unique_ptr<db::Database> open() {
    return db::Database::open((folder_ / "catalog.sqlite").string(), 4);
  }

  std::string token_of(std::string_view user, std::string name, TokenRole role = TokenRole::write) {
    NewToken wanted;
    wanted.name = std::move(name);
    wanted.role = role;
    return auth_->create_token(user, wanted).value().value;
  }
  void expect_wrong(const std::string& authorization) {
    const auto refused = auth_->authenticate(authorization, "");
    ASSERT_FALSE(refused) << authorization;
    EXPECT_EQ(refused.error().kind, Kind::unauthorized);
    EXPECT_EQ(refused.error().message, kWrong);
  }
  std::vector<std::string> audit() {
    return database_->read([](db::Tx& tx) {
      std::vector<std::string> out;
      for (const auto& row :
           tx.select({"audit_test", "SELECT action, subject, actor FROM audit ORDER BY id"})) {
        out.push_back(row.text(0) + " " + row.text(1) + " by " + row.text(2));
      }
      return out;
    });
  }

  fs::path folder_;
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<Auth> auth_;
};

}  // namespace holt::auth
