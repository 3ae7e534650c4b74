// The data folder: made when missing, its format checked, its secret, and the lock that keeps a
// second server out. docs/formats/data_folder.md describes what is in it.
#pragma once

#include <filesystem>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace holt::app {

class DataFolder {
 public:
  // Makes the folder (0700), the format file and the secret if they are missing; several processes
  // may do so at once. invalid when the folder was made by a newer Holt or is not a folder of
  // Holt's.
  static Result<DataFolder> open(const std::filesystem::path& path);

  // For the life of this object no other server gets the folder. conflict names the one that has
  // it.
  Result<void> lock();

  const std::filesystem::path& path() const { return path_; }
  // 32 bytes that sign URLs and tokens; the same for the life of the folder.
  const std::string& secret() const { return secret_; }
  // There was none before it was opened.
  bool secret_is_new() const { return secret_is_new_; }
  std::filesystem::path catalog_file() const { return path_ / "catalog.sqlite"; }
  std::filesystem::path staging() const { return path_ / "staging"; }  // uploads under way
  std::filesystem::path cache() const { return path_ / "cache"; }

 private:
  explicit DataFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  std::string secret_;
  bool secret_is_new_ = false;
  SharedFile lock_;  // shared only because files are handed around so
};

}  // namespace holt::app
