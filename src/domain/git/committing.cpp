// API commits: operations applied to a tip, one pack, one publication.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "domain/cards/cards.h"
#include "domain/git/default_attributes.h"
#include "domain/git/state.h"
#include "domain/git/store.h"

namespace holt::git {
namespace {

constexpr int kRaces = 20;
constexpr std::uint64_t kLargestRegularFile = 64u << 20;
constexpr std::size_t kLargestCard = 4u << 20;

// Operations held in memory, for commits that the server makes itself.
class ListedOperations : public OperationSource {
 public:
  explicit ListedOperations(std::vector<CommitOperation> operations)
      : operations_(std::move(operations)) {}
  Result<std::optional<CommitOperation>> next() override {
    if (position_ == operations_.size()) return std::nullopt;
    return operations_[position_++];
  }
  void rewind() override { position_ = 0; }

 private:
  std::vector<CommitOperation> operations_;
  std::size_t position_ = 0;
};

Result<void> check_card(const CommitOperation& operation, repos::Type type) {
  if (operation.path != "README.md") return {};
  if (operation.bytes.size() > kLargestCard)
    return fail(Kind::unprocessable,
                "README.md is larger than 4 MiB: move the bulk of it to another file.");
  const auto checked = cards::parse_front_matter(operation.bytes, repos::type_name(type));
  if (checked.errors.empty()) return {};
  return fail(Kind::unprocessable, "Invalid metadata in README.md: " + join(checked.errors, "; "));
}

// A Space is configured by its card, so it starts with one; others only to state a licence.
std::string first_card(const repos::NewRepo& wanted) {
  std::string fields;
  if (wanted.id.type == repos::Type::space)
    fields = "title: " + wanted.id.name +
             "\nemoji: \U0001F9A6\ncolorFrom: blue\ncolorTo: green\nsdk: " + wanted.space_sdk +
             "\npinned: false\n";
  if (!wanted.license.empty()) fields += "license: " + wanted.license + "\n";
  return fields.empty() ? fields : "---\n" + fields + "---\n";
}

std::string message_of(const CommitRequest& request) {
  std::string message = request.summary.empty() ? "Update" : request.summary;
  if (!request.description.empty()) message += "\n\n" + request.description;
  return message;
}

}  // namespace

Result<CommitOutcome> Git::commit(const repos::Writable& target, const CommitRequest& request,
                                  OperationSource& operations) {
  return commit_racing(target, request, operations, nullptr);
}

Result<CommitOutcome> Git::commit_racing(const repos::Proposing& target,
                                         const CommitRequest& request, OperationSource& operations,
                                         const NewProposal* proposal) {
  const Impl::CommitLock lock(impl_->commit_locks, target.repo().key);
  for (int race = 1;; ++race) {
    auto outcome = commit_once(target, request, operations, proposal);
    // Another process moved the ref: the client asked for no particular parent, so build on the new
    // tip.
    if (outcome || outcome.error().tag != "RefMoved" || !request.parent_commit.empty() ||
        race == kRaces)
      return outcome;
    operations.rewind();
  }
}

Result<CommitOutcome> Git::commit_once(const repos::Proposing& target, const CommitRequest& request,
                                       OperationSource& operations, const NewProposal* proposal) {
  const auto& repo = target.repo();
  const std::string ref_name = branch_ref(request.revision);
  if (!ref_name.starts_with("refs/heads/") && !ref_name.starts_with("refs/pr/") &&
      !ref_name.starts_with("refs/convert/"))
    return fail(Kind::invalid, "Commits go to a branch; \"" +
                                   std::string(clip(request.revision, 200)) + "\" is not one.");
  const auto ref =
      impl_->database.read([&](db::Tx& tx) { return store::find_ref(tx, repo.key, ref_name); });
  if (proposal && !ref_name.starts_with("refs/heads/"))
    return fail(repos::revision_not_found(request.revision));
  if (!ref) {
    const bool first =
        !proposal && ref_name == "refs/heads/main" &&
        impl_->database.read([&](db::Tx& tx) { return store::refs(tx, repo.key); }).empty();
    if (!first) return fail(repos::revision_not_found(request.revision));
  }
  const gitio::Oid tip = ref ? ref->commit : gitio::Oid();
  if (!request.parent_commit.empty() &&
      (request.parent_commit.size() < 7 || !tip.starts_with(lower(request.parent_commit))))
    return fail(Kind::precondition_failed,
                "The branch was updated since you opened this page. Please refresh and try again.");

  auto opened = repository(target);
  auto& reader = opened->reader();
  auto pack = opened->new_pack(impl_->contents.store());
  std::vector<gitio::Edit> edits;
  Publication publication;
  const auto refer_to = [&](const std::string& path, const content::Pointer& pointer) {
    const auto blob = pack->add_blob(as_bytes(content::format_pointer(pointer)));
    impl_->pointers.insert(blob, pointer);
    publication.large_files.push_back({blob, path, pointer.sha256, pointer.size_bytes});
    edits.push_back({gitio::Edit::Kind::put, path, blob, gitio::EntryKind::file});
  };
  while (auto next = TRY(operations.next())) {
    auto& operation = *next;
    TRY_VOID(gitio::check_path(operation.path));
    switch (operation.kind) {
      case CommitOperation::Kind::put: {
        TRY_VOID(check_card(operation, repo.id.type));
        if (impl_->guards(repo))
          if (const auto token =
                  impl_->token_in(repo, target.actor(), operation.path, operation.bytes);
              !token.empty())
            return fail(Kind::unprocessable, token + ".");
        if (operation.bytes.size() > kLargestRegularFile)
          return fail(Kind::too_large,
                      operation.path + " is " + std::to_string(operation.bytes.size()) +
                          " bytes: files over 64 MiB are uploaded as large files (LFS or Xet).");
        // Text that is itself a pointer counts as one: it must not name bytes that nobody has.
        if (auto pointer = operation.bytes.size() <= content::kMaxPointerBytes
                               ? content::parse_pointer(operation.bytes)
                               : std::nullopt) {
          refer_to(operation.path, *pointer);
          break;
        }
        edits.push_back({gitio::Edit::Kind::put, operation.path,
                         pack->add_blob(as_bytes(operation.bytes)), gitio::EntryKind::file});
        break;
      }
      case CommitOperation::Kind::put_lfs: {
        const auto known = impl_->contents.find(repo.key, operation.lfs.sha256);
        Publication named;
        named.large_files.push_back(
            {{}, operation.path, operation.lfs.sha256, operation.lfs.size_bytes});
        if (!known) return fail(missing_large_file(named, operation.lfs.sha256));
        if (operation.lfs.size_bytes != 0 && operation.lfs.size_bytes != known->size_bytes)
          return fail(Kind::unprocessable, operation.path + " is announced with " +
                                               std::to_string(operation.lfs.size_bytes) +
                                               " bytes, and the uploaded object has " +
                                               std::to_string(known->size_bytes) + ".");
        refer_to(operation.path, {known->sha256, known->size_bytes});
        break;
      }
      case CommitOperation::Kind::remove_file:
        edits.push_back(
            {gitio::Edit::Kind::remove_file, operation.path, {}, gitio::EntryKind::file});
        break;
      case CommitOperation::Kind::remove_folder:
        edits.push_back(
            {gitio::Edit::Kind::remove_folder, operation.path, {}, gitio::EntryKind::file});
        break;
      case CommitOperation::Kind::copy: {
        const auto from = operation.source_revision.empty()
                              ? Revision{tip, ref_name}
                              : TRY(resolve(target, operation.source_revision));
        auto entry = from.commit.empty() ? std::nullopt
                                         : reader.find_entry(from.commit, operation.source_path);
        if (!entry || entry->kind == gitio::EntryKind::folder)
          return fail(repos::entry_not_found(operation.source_path, from.commit));
        if (auto pointer = pointer_of(reader, entry->oid, entry->size_bytes)) {
          refer_to(operation.path, *pointer);
          break;
        }
        edits.push_back({gitio::Edit::Kind::put, operation.path, entry->oid, entry->kind});
        break;
      }
    }
  }
  // A pull request is opened even when nothing differs: commits may follow.
  const auto unchanged = [&]() -> Result<CommitOutcome> {
    if (!proposal) return CommitOutcome{tip, false};
    return CommitOutcome{tip, false, TRY(propose(target, *proposal))};
  };
  if (edits.empty() && !tip.empty()) return unchanged();

  const auto tree = TRY(pack->add_tree(tip, edits));
  if (!tip.empty()) {
    const auto before = reader.find_commit(tip);
    CHECK(before.has_value());
    if (before->tree == tree) return unchanged();
  }
  const auto author = signature_of(target.actor());
  const auto commit =
      pack->add_commit(tree, tip.empty() ? std::vector<gitio::Oid>{} : std::vector{tip}, author,
                       author, message_of(request));
  auto finished = pack->finish();
  if (proposal) {
    publication.proposal = *proposal;
    publication.updates.push_back({{}, {}, commit});
  } else {
    publication.updates.push_back({ref_name, ref ? ref->target : gitio::Oid(), commit});
  }
  publication.pack = std::move(finished.pack);
  publication.pack_sha256 = finished.sha256;
  publication.pack_size_bytes = finished.size_bytes;
  publication.index = std::move(finished.index);
  publication.action = "commit";
  TRY_VOID(record(target, publication));
  return CommitOutcome{commit, true, publication.proposal_number};
}

Result<void> Git::create_first_commit(const repos::Writable& repo, const repos::NewRepo& wanted) {
  std::vector<CommitOperation> operations;
  const auto put = [&](std::string path, std::string bytes) {
    CommitOperation operation;
    operation.path = std::move(path);
    operation.bytes = std::move(bytes);
    operations.push_back(std::move(operation));
  };
  put(".gitattributes", std::string(default_attributes(wanted.id.type)));
  if (const auto card = first_card(wanted); !card.empty()) put("README.md", card);
  for (const auto& [path, bytes] : wanted.files) put(path, bytes);
  CommitRequest request;
  request.summary = "initial commit";
  ListedOperations source(std::move(operations));
  TRY(commit(repo, request, source));
  return {};
}

}  // namespace holt::git
