// holt repo: list.
#include "app/commands/line.h"
#include "app/commands/wire.h"
#include "base/time.h"

namespace holt::app {
namespace {

constexpr std::size_t kPage = 1000;

Result<std::vector<std::shared_ptr<const repos::Repo>>> find_all(Hub& hub, const std::string& type,
                                                                 const std::string& owner) {
  std::vector<std::shared_ptr<const repos::Repo>> out;
  for (const auto one : {repos::Type::model, repos::Type::dataset, repos::Type::space,
                         repos::Type::kernel, repos::Type::bucket}) {
    if (!type.empty() && repos::type_name(one) != type) continue;
    repos::ListQuery query;
    query.type = one;
    query.author = owner;
    query.sort = "createdAt";
    query.descending = false;
    query.limit = kPage;
    do {
      auto page = TRY(hub.repos->list(*auth::system_actor(), query));
      for (auto& repo : page.repos) out.push_back(std::move(repo));
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
  }
  return out;
}

}  // namespace

void add_repo(CLI::App& app, Line& line) {
  struct Words {
    std::string type, owner;
    bool json = false;
  };
  auto words = std::make_shared<Words>();
  CLI::App& repo = *app.add_subcommand("repo", "Repositories.");
  repo.require_subcommand(1);
  CLI::App& list = *repo.add_subcommand("list", "Lists repositories, oldest first.");
  list.add_option("--type", words->type)
      ->check(CLI::IsMember({"model", "dataset", "space", "kernel"}));
  list.add_option("--owner", words->owner, "Only those of this user or organisation.");
  list.add_flag("--json", words->json, "Prints JSON.");
  on_hub(list, line, [words](Hub& hub) -> Result<void> {
    const auto found = TRY(find_all(hub, words->type, words->owner));
    if (words->json) {
      print(wire::repositories(found) + "\n");
      return {};
    }
    std::vector<std::vector<std::string>> rows{
        {"TYPE", "NAME", "VISIBILITY", "BYTES", "CREATED", "HEAD"}};
    for (const auto& one : found) {
      rows.push_back({std::string(repos::type_name(one->id.type)), one->id.full(),
                      one->visibility == auth::Visibility::private_ ? "private" : "public",
                      std::to_string(one->used_storage_bytes), iso8601(one->created_at),
                      one->head.substr(0, 12)});
    }
    print_table(rows);
    return {};
  });
}

}  // namespace holt::app
