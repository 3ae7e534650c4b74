// NDJSON commits as any client may send them: the header comes first and once, what is read is
// bounded by what came, and reading again says the same.
#include "base/text.h"
#include "domain/git/commit_stream.h"

namespace {

using holt::git::CommitOperation;

void check(const CommitOperation& operation) {
  CHECK(!operation.path.empty() && holt::is_utf8(operation.path));
  switch (operation.kind) {
    case CommitOperation::Kind::put_lfs:
      CHECK(holt::is_hex(operation.lfs.sha256, 64));
      break;
    case CommitOperation::Kind::copy:
      CHECK(!operation.source_path.empty());
      break;
    case CommitOperation::Kind::remove_file:
    case CommitOperation::Kind::remove_folder:
      CHECK(operation.bytes.empty());
      break;
    default:
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto stream = holt::git::CommitStream::open(holt::create_in_memory({data, size}));
  if (!stream) {
    CHECK(!stream.error().message.empty());
    return 0;
  }
  const auto& header = stream->header();
  CHECK(header.summary.size() + header.description.size() + header.parent_commit.size() <= size);
  std::vector<CommitOperation> operations;
  std::size_t total = 0;
  for (;;) {
    auto operation = stream->next();
    if (!operation || !*operation) break;
    check(**operation);
    total += (*operation)->path.size() + (*operation)->bytes.size();
    operations.push_back(std::move(**operation));
  }
  CHECK(total <= size);
  stream->rewind();
  for (const auto& before : operations) {
    const auto again = stream->next();
    CHECK(again && *again);
    CHECK((*again)->kind == before.kind && (*again)->path == before.path &&
          (*again)->bytes == before.bytes);
  }
  return 0;
}
