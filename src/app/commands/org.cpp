// holt org: create, list, member add, remove and list.
#include "app/commands/line.h"
#include "app/commands/wire.h"
#include "base/time.h"

namespace holt::app {
namespace {

void add_create(CLI::App& org, Line& line) {
  struct Words {
    std::string name, owner, full_name, visibility = "public";
  };
  auto words = std::make_shared<Words>();
  CLI::App& command = *org.add_subcommand("create", "Makes an organisation.");
  command.add_option("name", words->name)->required();
  command.add_option("--owner", words->owner, "The user who becomes its admin.")->required();
  command.add_option("--full-name", words->full_name, "The name that is shown.");
  command
      .add_option("--default-visibility", words->visibility, "Of new repositories that do not say.")
      ->check(CLI::IsMember({"public", "private"}));
  on_hub(command, line, [words](Hub& hub) -> Result<void> {
    const auto visibility =
        words->visibility == "private" ? auth::Visibility::private_ : auth::Visibility::public_;
    const auto made =
        TRY(hub.auth->create_org(words->name, words->owner, words->full_name, visibility));
    print("Created organisation " + made.name + "; " + words->owner + " is its admin.\n");
    return {};
  });
}

void add_list(CLI::App& org, Line& line) {
  auto json = std::make_shared<bool>(false);
  CLI::App& command = *org.add_subcommand("list", "Lists organisations.");
  command.add_flag("--json", *json, "Prints JSON.");
  on_hub(command, line, [json](Hub& hub) -> Result<void> {
    const auto orgs = hub.auth->list_namespaces(/*orgs=*/true);
    if (*json) {
      print(wire::namespaces(orgs) + "\n");
      return {};
    }
    std::vector<std::vector<std::string>> rows{{"NAME", "FULL NAME", "MEMBERS", "CREATED"}};
    for (const auto& one : orgs) {
      rows.push_back({one.name, one.full_name,
                      std::to_string(hub.auth->list_members(one.key).size()),
                      iso8601(one.created_at)});
    }
    print_table(rows);
    return {};
  });
}

void add_members(CLI::App& org, Line& line) {
  struct Words {
    std::string org, user, role = "read";
    bool json = false;
  };
  CLI::App& member = *org.add_subcommand("member", "Who belongs to an organisation.");
  member.require_subcommand(1);

  auto added = std::make_shared<Words>();
  CLI::App& add = *member.add_subcommand("add", "Adds a member, or changes the role of one.");
  add.add_option("org", added->org)->required();
  add.add_option("user", added->user)->required();
  add.add_option("--role", added->role)
      ->required()
      ->check(CLI::IsMember({"admin", "write", "contributor", "read"}));
  on_hub(add, line, [added](Hub& hub) -> Result<void> {
    TRY_VOID(hub.auth->set_member(added->org, added->user, auth::parse_role(added->role).value()));
    print(added->user + " has role " + added->role + " in " + added->org + ".\n");
    return {};
  });

  auto removed = std::make_shared<Words>();
  CLI::App& remove = *member.add_subcommand("remove", "Removes a member.");
  remove.add_option("org", removed->org)->required();
  remove.add_option("user", removed->user)->required();
  on_hub(remove, line, [removed](Hub& hub) -> Result<void> {
    TRY_VOID(hub.auth->remove_member(removed->org, removed->user));
    print(removed->user + " is no longer in " + removed->org + ".\n");
    return {};
  });

  auto listed = std::make_shared<Words>();
  CLI::App& list = *member.add_subcommand("list", "Lists the members of an organisation.");
  list.add_option("org", listed->org)->required();
  list.add_flag("--json", listed->json, "Prints JSON.");
  on_hub(list, line, [listed](Hub& hub) -> Result<void> {
    const auto found = hub.auth->find_namespace(listed->org);
    if (!found || !found->is_org)
      return fail(Kind::not_found, "There is no organisation called " + listed->org + ".");
    const auto members = hub.auth->list_members(found->key);
    if (listed->json) {
      print(wire::members(members) + "\n");
      return {};
    }
    std::vector<std::vector<std::string>> rows{{"USER", "FULL NAME", "ROLE"}};
    for (const auto& one : members) {
      rows.push_back({one.user.name, one.user.full_name, std::string(auth::role_name(one.role))});
    }
    print_table(rows);
    return {};
  });
}

}  // namespace

void add_org(CLI::App& app, Line& line) {
  CLI::App& org = *app.add_subcommand("org", "Organisations.");
  org.require_subcommand(1);
  add_create(org, line);
  add_list(org, line);
  add_members(org, line);
}

}  // namespace holt::app
