// holt user: create, list, suspend, restore, password, sign-out.
#include "app/commands/line.h"
#include "app/commands/wire.h"
#include "base/time.h"

namespace holt::app {
namespace {

void add_create(CLI::App& user, Line& line) {
  struct Words {
    std::string name, full_name, email;
    bool admin = false, password = false, json = false;
  };
  auto words = std::make_shared<Words>();
  CLI::App& command = *user.add_subcommand("create", "Makes a user.");
  command.add_option("name", words->name, "Letters, digits, '_', '.' and '-'.")->required();
  command.add_option("--full-name", words->full_name, "The name that is shown.");
  command.add_option("--email", words->email, "Also usable to sign in.");
  command.add_flag("--admin", words->admin, "An administrator of the whole hub.");
  command.add_flag("--password-stdin", words->password,
                   "Reads a password from the first line of standard input.");
  command.add_flag("--json", words->json, "Prints JSON.");
  on_hub(command, line, [words](Hub& hub) -> Result<void> {
    std::optional<std::string> password;
    if (words->password) password = read_line_from_stdin();
    const auto made = TRY(
        hub.auth->create_user(words->name, words->full_name, words->email, words->admin, password));
    print(words->json ? wire::namespaces({made}) + "\n"
                      : "Created user " + made.name +
                            (made.site_admin ? ", an administrator" : "") + ".\n");
    return {};
  });
}

void add_list(CLI::App& user, Line& line) {
  auto json = std::make_shared<bool>(false);
  CLI::App& command = *user.add_subcommand("list", "Lists users.");
  command.add_flag("--json", *json, "Prints JSON.");
  on_hub(command, line, [json](Hub& hub) -> Result<void> {
    const auto users = hub.auth->list_namespaces(/*orgs=*/false);
    if (*json) {
      print(wire::namespaces(users) + "\n");
      return {};
    }
    std::vector<std::vector<std::string>> rows{{"NAME", "FULL NAME", "EMAIL", "CREATED", ""}};
    for (const auto& one : users) {
      rows.push_back({one.name, one.full_name, one.email, iso8601(one.created_at),
                      one.suspended    ? "suspended"
                      : one.site_admin ? "administrator"
                                       : ""});
    }
    print_table(rows);
    return {};
  });
}

void add_suspension(CLI::App& user, Line& line, bool suspended) {
  auto name = std::make_shared<std::string>();
  CLI::App& command = suspended
                          ? *user.add_subcommand("suspend", "Refuses every credential of a user.")
                          : *user.add_subcommand("restore", "Ends a suspension.");
  command.add_option("name", *name)->required();
  on_hub(command, line, [name, suspended](Hub& hub) -> Result<void> {
    TRY_VOID(hub.auth->set_suspended(*name, suspended));
    print(suspended ? "Suspended " + *name + ": tokens, password and sessions are refused.\n"
                    : "Restored " + *name + ".\n");
    return {};
  });
}

void add_password(CLI::App& user, Line& line) {
  auto name = std::make_shared<std::string>();
  auto revoke = std::make_shared<bool>(false);
  CLI::App& command = *user.add_subcommand(
      "password", "Sets a password, read from the first line of standard input.");
  command.add_option("name", *name)->required();
  command.add_flag("--revoke-tokens", *revoke, "Ends their access tokens too.");
  on_hub(command, line, [name, revoke](Hub& hub) -> Result<void> {
    TRY_VOID(
        hub.auth->set_password(*name, read_line_from_stdin(), auth::system_actor(),
                               *revoke ? auth::Auth::Tokens::revoke : auth::Auth::Tokens::keep));
    print("Set the password of " + *name + "; their web sessions have ended" +
          (*revoke ? ", and their access tokens are revoked.\n" : ".\n"));
    return {};
  });
}

void add_sign_out(CLI::App& user, Line& line) {
  auto name = std::make_shared<std::string>();
  CLI::App& command =
      *user.add_subcommand("sign-out", "Ends a user's web sessions, in every browser.");
  command.add_option("name", *name)->required();
  on_hub(command, line, [name](Hub& hub) -> Result<void> {
    const auto ended = TRY(hub.auth->end_sessions(*name));
    print("Ended " + std::to_string(ended) + " web sessions of " + *name + ".\n");
    return {};
  });
}

}  // namespace

void add_user(CLI::App& app, Line& line) {
  CLI::App& user = *app.add_subcommand("user", "People.");
  user.require_subcommand(1);
  add_create(user, line);
  add_list(user, line);
  add_suspension(user, line, true);
  add_suspension(user, line, false);
  add_password(user, line);
  add_sign_out(user, line);
}

}  // namespace holt::app
