// An NDJSON commit read from the spooled request body.
#include "domain/git/commit_stream.h"

#include "base/text.h"
#include "domain/git/wire.h"

namespace holt::git {
namespace {

constexpr std::size_t kLongestLine = 100u << 20;  // a 64 MiB file in base64 and its path
constexpr std::size_t kMostOperations = 100'000;

}  // namespace

Result<CommitStream> CommitStream::open(SharedFile body) {
  if (body->size_bytes() == 0)
    return fail(Kind::invalid, "The commit is empty: send a header line and operations as NDJSON.");
  CommitStream stream(MappedFile::map(std::move(body)));
  const auto line = TRY(stream.next_line());
  if (!line)
    return fail(Kind::invalid, "The commit is empty: send a header line and operations as NDJSON.");
  auto header = TRY(wire::read_commit_line(*line, stream.line_));
  if (header.kind != wire::CommitLine::Kind::header)
    return fail(Kind::invalid,
                "The first line of a commit is its header: {\"key\": \"header\", \"value\": "
                "{\"summary\": …}}.");
  stream.header_.summary = std::move(header.summary);
  stream.header_.description = std::move(header.description);
  stream.header_.parent_commit = std::move(header.parent_commit);
  stream.first_operation_ = stream.position_;
  stream.first_line_ = stream.line_;
  return stream;
}

Result<std::optional<std::string_view>> CommitStream::next_line() {
  const auto text = as_text(mapped_.bytes());
  while (position_ < text.size()) {
    const auto end = std::min(text.find('\n', position_), text.size());
    const auto line = trim(text.substr(position_, end - position_));
    position_ = end + 1;
    ++line_;
    if (line.size() > kLongestLine)
      return fail(Kind::too_large, "Line " + std::to_string(line_) +
                                       " of the commit is longer than 100 MiB: upload that file as "
                                       "a large file (LFS or Xet).");
    if (!line.empty()) return line;
  }
  return std::optional<std::string_view>();
}

Result<std::optional<CommitOperation>> CommitStream::next() {
  const auto line = TRY(next_line());
  if (!line) return std::optional<CommitOperation>();
  if (++operations_ > kMostOperations)
    return fail(Kind::too_large, "More than 100,000 operations in one commit: split it.");
  auto read = TRY(wire::read_commit_line(*line, line_));
  if (read.kind == wire::CommitLine::Kind::header)
    return fail(Kind::invalid,
                "Line " + std::to_string(line_) + " of the commit is a second header.");
  return std::optional<CommitOperation>(std::move(read.operation));
}

void CommitStream::rewind() {
  position_ = first_operation_;
  line_ = first_line_;
  operations_ = 0;
}

}  // namespace holt::git
