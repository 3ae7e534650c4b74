// Random histories of a hub against a simple model of what must be there and what must be gone.
// HOLT_STEPS says how many steps (`make gc-model STEPS=1000000`), HOLT_SEED which; the seed is
// printed first, and the same seed takes the same steps.
#include <bitset>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <set>

#include "domain/upkeep/hub_test.h"

namespace holt::upkeep {
namespace {

constexpr std::size_t kContents = 120;
constexpr std::size_t kLargeFrom = 112;  // these are made into chunks now and then
constexpr std::size_t kMostRepos = 4;
constexpr std::size_t kMostCommits = 60;  // of one repository, before it is removed
constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute;
constexpr std::int64_t kGrace = 24 * kHour, kUndo = 72 * kHour;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

using Set = std::bitset<kContents>;

// --- the model: a hub as a page of code ---

struct ModelCommit {
  gitio::Oid oid;
  std::map<std::string, std::size_t> files;  // path → content
  Set reached;                               // by it and all before it
};
struct ModelRepo {
  std::string name;
  std::map<std::string, std::size_t> refs;        // full name → index into commits
  std::vector<std::size_t> past;                  // every commit it ever had
  std::map<std::size_t, std::int64_t> linked_at;  // content → when
  std::set<std::size_t> history_of(const std::vector<std::set<std::size_t>>& before) const {
    std::set<std::size_t> all;
    for (const auto& [name_of_ref, commit] : refs)
      all.insert(before[commit].begin(), before[commit].end());
    return all;
  }
};

struct Model {
  std::vector<ModelCommit> commits;
  std::vector<std::set<std::size_t>> before;  // of each commit: itself and its ancestors
  std::map<std::int64_t, ModelRepo> repos;
  std::map<std::size_t, std::int64_t> vouched;  // contents that exist → when last vouched for
  std::map<std::size_t, std::int64_t> binned;   // collected contents → when
  std::map<std::pair<std::int64_t, std::size_t>, std::int64_t> binned_links;

  Set reached(const ModelRepo& repo) const {
    Set all;
    for (const auto& [name, commit] : repo.refs) all |= commits[commit].reached;
    return all;
  }
  Set live() const {
    Set all;
    for (const auto& [key, repo] : repos) all |= reached(repo);
    return all;
  }
  void store(std::int64_t key, std::size_t content, std::int64_t at) {
    vouched[content] = at;
    repos[key].linked_at.emplace(content, at);
  }
  std::size_t add(const gitio::Oid& oid, std::map<std::string, std::size_t> files,
                  std::optional<std::size_t> parent) {
    ModelCommit commit{oid, std::move(files), {}};
    for (const auto& [path, content] : commit.files) commit.reached.set(content);
    std::set<std::size_t> ancestors{commits.size()};
    if (parent) {
      commit.reached |= commits[*parent].reached;
      ancestors.insert(before[*parent].begin(), before[*parent].end());
    }
    commits.push_back(std::move(commit));
    before.push_back(std::move(ancestors));
    return commits.size() - 1;
  }

  void collect(std::int64_t at) {
    const std::int64_t older_than = at - kGrace;
    const Set alive = live();
    for (auto it = vouched.begin(); it != vouched.end();) {
      const auto [content, when] = *it++;
      if (alive.test(content) || when >= older_than) continue;
      binned[content] = at;
      for (auto& [key, repo] : repos)
        if (repo.linked_at.erase(content) > 0) binned_links[{key, content}] = at;
      vouched.erase(content);
    }
    for (auto& [key, repo] : repos) {
      const Set own = reached(repo);
      for (auto it = repo.linked_at.begin(); it != repo.linked_at.end();) {
        const auto [content, linked] = *it++;
        if (own.test(content) || linked >= older_than || vouched.at(content) >= older_than)
          continue;
        repo.linked_at.erase(content);
        binned_links[{key, content}] = at;
      }
    }
    std::erase_if(binned, [&](const auto& one) { return one.second < at - kUndo; });
    std::erase_if(binned_links, [&](const auto& one) { return one.second < at - kUndo; });
  }

  void undo(std::int64_t at) {
    for (const auto& [content, when] : binned) vouched[content] = at;
    for (const auto& [link, when] : binned_links) {
      const auto repo = repos.find(link.first);
      if (!vouched.contains(link.second)) continue;
      vouched[link.second] = at;
      if (repo != repos.end()) repo->second.linked_at.emplace(link.second, at);
    }
    binned.clear();
    binned_links.clear();
  }
};

class HistoriesTest : public testing::Test {
 protected:
  HistoriesTest() : seed_(from_environment("HOLT_SEED", std::random_device()())), random_(seed_) {
    std::printf("histories: HOLT_SEED=%llu HOLT_STEPS=%llu\n",
                static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(from_environment("HOLT_STEPS", 1500)));
    std::fflush(stdout);
    hub_.git->proposals().opened = [this](db::Tx&, const repos::Proposing&,
                                          const git::NewProposal&) -> Result<std::int64_t> {
      return ++proposals_;
    };
    hub_.repos->events().duplicated = [this](const repos::Readable& from,
                                             const repos::Writable& to) {
      return hub_.git->duplicate(from, to);
    };
    for (std::size_t i = 0; i < kContents; ++i) {
      bytes_.push_back(noise(i < kLargeFrom ? 200 + i * 7 : 90'000 + i, i + 1));
      names_.push_back(sha256_hex(bytes_.back()));
    }
  }

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::int64_t at() const { return now().ms; }

  std::pair<const std::int64_t, ModelRepo>& any_repo() {
    return *std::next(model_.repos.begin(), static_cast<std::ptrdiff_t>(pick(model_.repos.size())));
  }
  // Of a repository: a branch that is there.
  std::string any_branch(const ModelRepo& repo) {
    std::vector<std::string> names;
    for (const auto& [name, commit] : repo.refs)
      if (name.starts_with("refs/heads/")) names.push_back(name);
    return names[pick(names.size())];
  }

  void step() {
    if (model_.repos.empty()) return create();
    const auto choice = pick(1000);
    if (choice < 250) return upload();
    if (choice < 420) return commit();
    if (choice < 470) return remove();
    if (choice < 700) return read();
    if (choice < 760) return vouch();
    if (choice < 800) return branch();
    if (choice < 830) return drop_branch();
    if (choice < 840) return propose();
    if (choice < 855) return squash();
    if (choice < 862) return duplicate();
    if (choice < 867) return drop_repo();
    if (choice < 874) return create();
    if (choice < 880) return convert();
    if (choice < 884) return merge_packs();
    if (choice < 960) return wait();
    if (choice < 997) return collect();
    undo();
  }

  void create() {
    if (model_.repos.size() >= kMostRepos) return;
    const std::string name = "m" + std::to_string(++named_);
    const auto repo = hub_.create(name);
    auto& made = model_.repos[repo.repo().key];
    made.name = name;
    const auto tip = hub_.git->resolve(repo, "main").value().commit;
    made.refs["refs/heads/main"] = model_.add(tip, {}, std::nullopt);
    made.past.push_back(made.refs["refs/heads/main"]);
  }

  void upload() {
    auto& [key, repo] = any_repo();
    const auto content = pick(kContents);
    hub_.upload(hub_.target(key), bytes_[content]);
    model_.store(key, content, at());
  }

  void commit() {
    auto& [key, repo] = any_repo();
    if (repo.past.size() >= kMostCommits) return drop(key);
    const auto branch = any_branch(repo);
    const auto parent = repo.refs[branch];
    const auto content = pick(kContents);
    const std::string path = "f" + std::to_string(pick(6)) + ".bin";
    const auto target = hub_.target(key);
    EXPECT_EQ(hub_.contents->find(key, names_[content]).has_value(),
              repo.linked_at.contains(content));
    if (!repo.linked_at.contains(content)) {
      hub_.upload(target, bytes_[content]);
      model_.store(key, content, at());
    }
    auto files = model_.commits[parent].files;
    const bool same = files.contains(path) && files[path] == content;
    files[path] = content;
    const auto oid =
        hub_.commit(target, {put_large(path, names_[content], bytes_[content].size())}, branch);
    if (same) return;  // nothing changed: nothing was published, and nothing vouched for
    model_.vouched[content] = at();
    repo.refs[branch] = model_.add(oid, std::move(files), parent);
    repo.past.push_back(repo.refs[branch]);
  }

  void remove() {
    auto& [key, repo] = any_repo();
    const auto branch = any_branch(repo);
    const auto parent = repo.refs[branch];
    auto files = model_.commits[parent].files;
    if (files.empty()) return;
    const auto path =
        std::next(files.begin(), static_cast<std::ptrdiff_t>(pick(files.size())))->first;
    files.erase(path);
    const auto oid = hub_.commit(hub_.target(key), {remove_file(path)}, branch);
    repo.refs[branch] = model_.add(oid, std::move(files), parent);
    repo.past.push_back(repo.refs[branch]);
  }

  // A content that must be there, through a repository that reaches it.
  void read() {
    auto& [key, repo] = any_repo();
    const Set own = model_.reached(repo);
    const auto from = pick(kContents);
    for (std::size_t i = 0; i < kContents; ++i) {
      const auto content = (from + i) % kContents;
      if (!own.test(content)) continue;
      ASSERT_EQ(hub_.read_large(hub_.target(key), names_[content]), bytes_[content])
          << "content " << content << " of " << repo.name;
      return;
    }
  }

  void vouch() {
    const auto content = pick(kContents);
    const auto found = model_.vouched.find(content);
    constexpr std::int64_t kFresh = 10 * kMinute;
    if (found != model_.vouched.end() && std::abs(at() - found->second - kFresh) < kMinute) return;
    hub_.contents->vouch({names_[content]});
    if (found != model_.vouched.end() && at() - found->second > kFresh) found->second = at();
  }

  // From a branch, or from any commit that ever was: those may have lost their large files.
  void branch() {
    auto& [key, repo] = any_repo();
    if (repo.refs.size() > 6) return;
    const auto from = repo.past[pick(repo.past.size())];
    const std::string name = "b" + std::to_string(pick(5));
    const bool there = repo.refs.contains("refs/heads/" + name);
    const bool reached = repo.history_of(model_.before).contains(from);
    bool whole = true;
    for (std::size_t content = 0; content < kContents; ++content)
      if (model_.commits[from].reached.test(content)) {
        whole = whole && repo.linked_at.contains(content);
      }
    const auto done =
        hub_.git->create_branch(hub_.target(key), name, model_.commits[from].oid, false, false);
    ASSERT_EQ(done.has_value(), !there && (reached || whole))
        << (done ? "a branch without its files" : done.error().message);
    if (!done) return;
    repo.refs["refs/heads/" + name] = from;
    if (reached) return;
    for (std::size_t content = 0; content < kContents; ++content)
      if (model_.commits[from].reached.test(content)) model_.vouched[content] = at();
  }

  void drop_branch() {
    auto& [key, repo] = any_repo();
    const auto name = any_branch(repo);
    if (name == "refs/heads/main") return;
    ASSERT_TRUE(hub_.git->remove_branch(hub_.target(key), name));
    repo.refs.erase(name);
  }

  void propose() {
    auto& [key, repo] = any_repo();
    if (repo.refs.size() > 8) return;
    git::NewProposal proposal;
    proposal.title = "change";
    const auto number = hub_.git->propose(hub_.target(key), proposal);
    ASSERT_TRUE(number);
    repo.refs[git::proposal_ref(*number)] = repo.refs["refs/heads/main"];
  }

  void squash() {
    auto& [key, repo] = any_repo();
    const auto name = any_branch(repo);
    const auto target = hub_.target(key);
    ASSERT_TRUE(hub_.git->squash(target, name, ""));
    const auto tip = hub_.git->resolve(target, name).value().commit;
    repo.refs[name] = model_.add(tip, model_.commits[repo.refs[name]].files, std::nullopt);
    repo.past.push_back(repo.refs[name]);
  }

  void duplicate() {
    if (model_.repos.size() >= kMostRepos) return;
    auto& [key, repo] = any_repo();
    repos::NewRepo wanted;
    wanted.id = {repos::Type::model, "alice", "m" + std::to_string(++named_)};
    const auto made = hub_.repos->duplicate(hub_.target(key), wanted);
    ASSERT_TRUE(made) << made.error().message;
    ModelRepo copy = repo;
    copy.name = wanted.id.name;
    std::erase_if(copy.refs, [](const auto& ref) { return ref.first.starts_with("refs/pr/"); });
    for (auto& [content, linked] : copy.linked_at) linked = model_.vouched[content] = at();
    model_.repos[made->repo().key] = std::move(copy);
  }

  void drop_repo() { drop(any_repo().first); }
  void drop(std::int64_t key) {
    const auto repo = hub_.repos->open_administrable(hub_.alice, hub_.target(key).repo().id);
    ASSERT_TRUE(repo) << repo.error().message;
    ASSERT_TRUE(hub_.repos->remove(*repo));
    model_.repos.erase(key);
  }

  void convert() {
    const auto content = kLargeFrom + pick(kContents - kLargeFrom);
    if (!model_.vouched.contains(content)) return;
    const auto done = hub_.contents->convert_to_xet(names_[content]);
    ASSERT_TRUE(done) << done.error().message;
    if (*done) model_.vouched[content] = at();
  }

  void merge_packs() { hub_.git->consolidate(hub_.target(any_repo().first)); }

  void wait() {
    move_clock(std::chrono::milliseconds(kMinute + static_cast<std::int64_t>(pick(6 * kHour))));
  }

  void collect() {
    // The model and the hub read their clocks a little apart: nothing may lie on the edge.
    const auto on_edge = [&](std::int64_t when, std::int64_t period) {
      return std::abs(at() - period - when) < kMinute;
    };
    for (const auto& [content, when] : model_.vouched)
      if (on_edge(when, kGrace)) return wait();
    for (const auto& [key, repo] : model_.repos)
      for (const auto& [content, when] : repo.linked_at)
        if (on_edge(when, kGrace)) return wait();
    for (const auto& [content, when] : model_.binned)
      if (on_edge(when, kUndo)) return wait();
    for (const auto& [link, when] : model_.binned_links)
      if (on_edge(when, kUndo)) return wait();
    GcWish wish;
    wish.grace = std::chrono::hours(24);
    wish.undo = std::chrono::hours(72);
    const auto report = hub_.upkeep->collect(wish, quietly);
    ASSERT_TRUE(report) << report.error().message;
    model_.collect(at());
    ++collections_;
    compare();
  }

  void undo() {
    const auto done = hub_.upkeep->undo_collections(quietly);
    ASSERT_TRUE(done) << done.error().message;
    model_.undo(at());
    compare();
  }

  // Every content, link and stored blob: there exactly when the model says so.
  void compare() {
    std::set<std::string> blobs;
    hub_.store->each(blob::Class::blob, [&](const blob::Key& key, std::uint64_t, Timestamp) {
      blobs.insert(key.hash);
    });
    for (std::size_t content = 0; content < kLargeFrom; ++content)
      ASSERT_EQ(blobs.contains(names_[content]), model_.vouched.contains(content))
          << "the blob of content " << content;
    for (const auto& [key, repo] : model_.repos) {
      const auto known = hub_.contents->find_many(key, names_);
      for (std::size_t content = 0; content < kContents; ++content)
        ASSERT_EQ(known.contains(names_[content]), repo.linked_at.contains(content))
            << "content " << content << " in " << repo.name;
    }
    const auto& [key, repo] = any_repo_or_first();
    if (key != 0) read_all(key, repo);
  }
  std::pair<std::int64_t, ModelRepo> any_repo_or_first() {
    if (model_.repos.empty()) return {0, {}};
    auto& one = any_repo();
    return {one.first, one.second};
  }

  // Refs, files and bytes.
  void read_all(std::int64_t key, const ModelRepo& repo) {
    const auto target = hub_.target(key);
    std::map<std::string, std::size_t> refs;
    for (const auto& ref : hub_.git->refs(target)) {
      const auto expected = repo.refs.find(ref.name);
      ASSERT_NE(expected, repo.refs.end()) << ref.name;
      ASSERT_EQ(ref.commit, model_.commits[expected->second].oid);
      const auto& files = model_.commits[expected->second].files;
      std::size_t large = 0;
      const auto listed =
          hub_.git->list(target, {ref.commit, ""}, "", gitio::Reader::Depth::recursive);
      ASSERT_TRUE(listed);
      for (const auto& file : *listed) {
        if (!file.lfs) continue;
        ++large;
        ASSERT_TRUE(files.contains(file.entry.path));
        ASSERT_EQ(file.lfs->sha256, names_[files.at(file.entry.path)]);
        ASSERT_TRUE(file.stored);
      }
      ASSERT_EQ(large, files.size());
      refs[ref.name] = expected->second;
    }
    ASSERT_EQ(refs.size(), repo.refs.size());
    const Set own = model_.reached(repo);
    for (std::size_t content = 0; content < kContents; ++content)
      if (own.test(content)) ASSERT_EQ(hub_.read_large(target, names_[content]), bytes_[content]);
  }

  // Of a repository after a collection: what it shows is what its objects take on the disk.
  void compare_storage() {
    for (const auto& [key, repo] : model_.repos) {
      std::set<std::pair<blob::Class, std::string>> held;
      hub_.database->read([&](db::Tx& tx) {
        for (const auto& [sha256, size] : store::packs_of(tx, key))
          held.emplace(blob::Class::pack, sha256);
      });
      for (const auto& [content, linked] : repo.linked_at) {
        const auto found = hub_.contents->find(key, names_[content]);
        ASSERT_TRUE(found);
        if (found->whole) held.emplace(blob::Class::blob, names_[content]);
        if (!found->reconstruction) continue;
        for (const auto& term : hub_.contents->find_xet_file(key, found->xet_hash)->terms)
          held.emplace(blob::Class::xorb, term.xorb.text());
      }
      std::uint64_t bytes = 0;
      for (const auto& [kind, hash] : held) bytes += hub_.store->size_bytes({kind, hash}).value();
      hub_.repos->forget_cached(key);
      EXPECT_EQ(hub_.repos->find(key)->used_storage_bytes, static_cast<std::int64_t>(bytes))
          << repo.name;
    }
  }

  std::size_t objects() {
    std::size_t count = 0;
    for (const auto kind : {blob::Class::pack, blob::Class::blob, blob::Class::xorb})
      hub_.store->each(kind, [&](const blob::Key&, std::uint64_t, Timestamp) { ++count; });
    return count;
  }

  std::uint64_t seed_;
  std::mt19937_64 random_;
  TestHub hub_;
  Model model_;
  std::vector<std::string> bytes_, names_;
  std::int64_t proposals_ = 0;
  std::size_t named_ = 0, collections_ = 0;
};

TEST_F(HistoriesTest, nothing_live_is_lost_and_no_garbage_is_kept) {
  const auto steps = from_environment("HOLT_STEPS", 1500);
  for (std::uint64_t i = 0; i < steps; ++i) {
    step();
    ASSERT_FALSE(HasFailure()) << "at step " << i << " of HOLT_SEED=" << seed_;
    if (i % 100'000 == 99'999) {
      std::printf("histories: %llu steps, %zu collections\n",
                  static_cast<unsigned long long>(i + 1), collections_);
      std::fflush(stdout);
    }
  }
  std::printf("histories: %llu steps, %zu collections, no difference\n",
              static_cast<unsigned long long>(steps), collections_);
  for (const auto& [key, repo] : model_.repos) read_all(key, repo);
  move_clock(std::chrono::hours(200));
  collect();
  compare_storage();
  EXPECT_TRUE(hub_.upkeep->scrub({}, quietly).problems.empty());
  // With everything gone, nothing stays; and after the undo period the bin is empty too.
  while (!model_.repos.empty()) drop_repo();
  move_clock(std::chrono::hours(200));
  collect();
  EXPECT_EQ(objects(), 0u);
  move_clock(std::chrono::hours(200));
  collect();
  std::size_t binned = 0;
  hub_.store->each_discarded([&](const blob::Key&, std::uint64_t, Timestamp) { ++binned; });
  EXPECT_EQ(binned, 0u);
}

}  // namespace
}  // namespace holt::upkeep
