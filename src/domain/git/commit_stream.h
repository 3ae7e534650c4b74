// An NDJSON commit read from the spooled request body, line by line, through a mapping.
#pragma once

#include "base/file.h"
#include "domain/git/git.h"

namespace holt::git {

class CommitStream : public OperationSource {
 public:
  // Reads the header line. invalid when the body has none, or anything stands before it.
  static Result<CommitStream> open(SharedFile body);
  const CommitRequest& header() const { return header_; }

  Result<std::optional<CommitOperation>> next() override;
  void rewind() override;

 private:
  explicit CommitStream(MappedFile mapped) : mapped_(std::move(mapped)) {}
  // The next line that is not empty; nullopt at the end. too_large past the bound of one line.
  Result<std::optional<std::string_view>> next_line();

  MappedFile mapped_;
  CommitRequest header_;
  std::size_t position_ = 0, line_ = 0, operations_ = 0;
  std::size_t first_operation_ = 0, first_line_ = 0;
};

}  // namespace holt::git
