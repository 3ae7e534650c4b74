// holt token: create, list, revoke; revoke-leaked is in leaks.cpp.
#include "app/commands/line.h"
#include "app/commands/wire.h"
#include "base/text.h"
#include "base/time.h"

namespace holt::app {
namespace {

constexpr std::int64_t kDayMs = std::int64_t{24} * 3600 * 1000;

std::string_view role_word(auth::TokenRole role) {
  switch (role) {
    case auth::TokenRole::read:
      return "read";
    case auth::TokenRole::write:
      return "write";
    case auth::TokenRole::fine_grained:
      return "fine-grained";
  }
  return "read";
}

// `model:acme/bert:write` or `model:acme/bert=write`; `user:alice:repo.write,discussion.write`.
Result<auth::Scope> parse_scope(std::string_view word) {
  const auto colon = word.find(':');
  const auto last = word.find_last_of(":=");
  if (colon == word.npos || last <= colon + 1 || last + 1 == word.size()) {
    return fail(
        Kind::invalid,
        "\"" + std::string(clip(word, 200)) +
            "\" is not a scope. A scope is TYPE:NAME:PERMISSIONS, such as model:acme/bert:write, "
            "org:acme:read or user:alice:repo.write,discussion.write.");
  }
  auth::Scope scope{std::string(word.substr(0, colon)),
                    std::string(word.substr(colon + 1, last - colon - 1)),
                    {}};
  for (const auto permission : split(word.substr(last + 1), ',')) {
    if (permission == "read" || permission == "write")
      scope.permissions.emplace_back("repo.content.read");
    if (permission == "write") scope.permissions.emplace_back("repo.write");
    if (permission != "read" && permission != "write") scope.permissions.emplace_back(permission);
  }
  return scope;
}

void add_create(CLI::App& token, Line& line) {
  struct Words {
    std::string user, name, role, value;
    std::vector<std::string> scopes, permissions;
    std::int64_t days = 0;
    bool json = false;
  };
  auto words = std::make_shared<Words>();
  CLI::App& command = *token.add_subcommand("create", "Makes an access token and prints it, once.");
  command.add_option("user", words->user)->required();
  command.add_option("--name", words->name, "To tell it from the user's other tokens.")->required();
  command.add_option("--role", words->role)
      ->required()
      ->check(CLI::IsMember({"read", "write", "fine-grained"}));
  command.add_option("--value", words->value,
                     "Use this text (hf_…) instead of a new one: for imports and tests.");
  command
      .add_option("--scope", words->scopes,
                  "TYPE:NAME:PERMISSIONS of a fine-grained token; TYPE is model, dataset, space, "
                  "kernel, bucket, user or "
                  "org, PERMISSIONS read, write, or names such as repo.write, with commas. May be "
                  "repeated.")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--permission", words->permissions,
                  "A permission of a fine-grained token that holds everywhere.")
      ->take_all()
      ->allow_extra_args(false);
  command
      .add_option("--expires-in", words->days, "Days until it stops working. Without it, never.")
      ->check(CLI::Range(1, 36500));
  command.add_flag("--json", words->json, "Prints JSON.");
  on_hub(command, line, [words](Hub& hub) -> Result<void> {
    auth::NewToken wanted;
    wanted.name = words->name;
    wanted.role = words->role == "write"  ? auth::TokenRole::write
                  : words->role == "read" ? auth::TokenRole::read
                                          : auth::TokenRole::fine_grained;
    for (const auto& word : words->scopes) wanted.scopes.push_back(TRY(parse_scope(word)));
    wanted.global_permissions = words->permissions;
    if (words->days > 0) wanted.expires_at = Timestamp{now().ms + words->days * kDayMs};
    if (!words->value.empty()) wanted.value = words->value;
    const auto made = TRY(hub.auth->create_token(words->user, wanted));
    print(words->json ? wire::created_token(made) + "\n" : made.value + "\n");
    return {};
  });
}

void add_list(CLI::App& token, Line& line) {
  auto user = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  CLI::App& command = *token.add_subcommand("list", "Lists a user's tokens, without their values.");
  command.add_option("user", *user)->required();
  command.add_flag("--json", *json, "Prints JSON.");
  on_hub(command, line, [user, json](Hub& hub) -> Result<void> {
    const auto owner = hub.auth->find_namespace(*user);
    if (!owner || owner->is_org)
      return fail(Kind::not_found, "There is no user called " + *user + ".");
    const auto tokens = hub.auth->list_tokens(owner->key);
    if (*json) {
      print(wire::tokens(tokens) + "\n");
      return {};
    }
    std::vector<std::vector<std::string>> rows{
        {"NAME", "ROLE", "ENDS WITH", "CREATED", "LAST USED", "EXPIRES", ""}};
    for (const auto& one : tokens) {
      const bool expired = one.expires_at && *one.expires_at <= now();
      rows.push_back({one.name, std::string(role_word(one.role)), one.last_four,
                      iso8601(one.created_at),
                      one.last_used_at ? iso8601(*one.last_used_at) : "never",
                      one.expires_at ? iso8601(*one.expires_at) : "never",
                      one.revoked_at ? "revoked"
                      : expired      ? "expired"
                                     : ""});
    }
    print_table(rows);
    return {};
  });
}

void add_revoke(CLI::App& token, Line& line) {
  auto user = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>();
  CLI::App& command =
      *token.add_subcommand("revoke", "Makes a token stop working, at once and for good.");
  command.add_option("user", *user)->required();
  command.add_option("name", *name, "Its name or id.")->required();
  on_hub(command, line, [user, name](Hub& hub) -> Result<void> {
    TRY_VOID(hub.auth->revoke_token(*user, *name));
    print("Revoked " + *name + " of " + *user + ".\n");
    return {};
  });
}

}  // namespace

void add_token(CLI::App& app, Line& line) {
  CLI::App& token = *app.add_subcommand("token", "Access tokens.");
  token.require_subcommand(1);
  add_create(token, line);
  add_list(token, line);
  add_revoke(token, line);
  add_revoke_leaked(token, line);
}

}  // namespace holt::app
