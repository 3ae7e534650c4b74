// Types of repositories by name, and the errors that name a repository.
#include "base/text.h"
#include "domain/repos/repos.h"

namespace holt::repos {

std::string_view type_name(Type type) {
  switch (type) {
    case Type::model:
      return "model";
    case Type::dataset:
      return "dataset";
    case Type::space:
      return "space";
    case Type::kernel:
      return "kernel";
    case Type::bucket:
      return "bucket";
  }
  return "model";
}

std::string_view type_plural(Type type) {
  switch (type) {
    case Type::model:
      return "models";
    case Type::dataset:
      return "datasets";
    case Type::space:
      return "spaces";
    case Type::kernel:
      return "kernels";
    case Type::bucket:
      return "buckets";
  }
  return "models";
}

std::string_view url_prefix(Type type) {
  switch (type) {
    case Type::model:
      return "";
    case Type::dataset:
      return "datasets/";
    case Type::space:
      return "spaces/";
    case Type::kernel:
      return "kernels/";
    case Type::bucket:
      return "buckets/";
  }
  return "";
}

std::optional<Type> parse_type(std::string_view text) {
  for (Type type : {Type::model, Type::dataset, Type::space, Type::kernel, Type::bucket})
    if (text == type_name(type) || text == type_plural(type)) return type;
  return std::nullopt;
}

Error repo_not_found(const RepoId& id, const auth::Actor& actor) {
  if (actor.anonymous())
    return {Kind::unauthorized,
            "RepoNotFound",
            "Repository " + id.full() +
                " was not found, or it is private: send a token of an account that may read it.",
            {},
            {}};
  // Word for word the Hub's: clients that add the server's sentence to their own leave this one
  // out.
  return {Kind::not_found, "RepoNotFound", "Repository not found", id.full(), {}};
}

Error gated(const RepoId& id, const auth::Actor& actor) {
  return {actor.anonymous() ? Kind::unauthorized : Kind::forbidden,
          "GatedRepo",
          "Access to " + std::string(type_name(id.type)) + " " + id.full() +
              " is restricted and you are not in the authorized list. Visit " + id.web_path() +
              " to ask for access.",
          {},
          {}};
}

Error revision_not_found(std::string_view revision) {
  return {Kind::not_found,
          "RevisionNotFound",
          "Invalid rev id: " + std::string(clip(revision, 200)),
          {},
          {}};
}

Error entry_not_found(std::string_view path, std::string_view commit) {
  return {Kind::not_found,
          "EntryNotFound",
          "Entry not found: " + std::string(clip(path, 500)),
          {},
          {{"X-Repo-Commit", std::string(commit)}}};
}

}  // namespace holt::repos
