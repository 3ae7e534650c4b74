// JSON shapes of the repositories room.
#pragma once

#include <string>

#include "domain/repos/repos.h"

namespace holt::repos::wire {

// Facts as the catalog keeps them (tags, pipeline_tag, library_name and parameters are columns).
std::string facts_to_json(const cards::Facts& facts);
void read_facts(std::string_view json, cards::Facts& facts);

struct CreateBody {
  RepoId id;
  std::optional<auth::Visibility> visibility;
  std::string space_sdk, license;
  struct File {
    std::string path, content;
  };
  std::vector<File> files;
};
// `own_name`: the caller's namespace, used when the body names none.
Result<CreateBody> read_create(std::string_view body, std::string_view own_name);
struct DeleteBody {
  RepoId id;
};
Result<DeleteBody> read_delete(std::string_view body, std::string_view own_name);
struct MoveBody {
  RepoId from, to;
};
Result<MoveBody> read_move(std::string_view body);
Result<Settings> read_settings(std::string_view body);
struct DuplicateBody {
  NewRepo wanted;
};
Result<DuplicateBody> read_duplicate(std::string_view body, Type type, std::string_view own_name);
struct YamlBody {
  std::string content, repo_type;
};
Result<YamlBody> read_validate_yaml(std::string_view body);

std::string created(const Repo& repo, std::string_view origin);
std::string exists(const RepoId& id, std::string_view origin);
std::string settings_answer(const Repo& repo);
std::string tags_by_type(const std::vector<cards::Tag>& tags);
std::string facets(const Facets& facets);
// What was found for a few typed letters.
struct QuickSearch {
  std::string query;
  std::vector<std::pair<Type, std::vector<std::shared_ptr<const Repo>>>> repos;
  std::vector<auth::Namespace> namespaces;
};
std::string quick_search(const QuickSearch& found);
std::string likers(const std::vector<Liker>& likers);
std::string likes(const std::vector<Like>& likes);
std::string liked(bool liked);
std::string downloads(const std::vector<DownloadsOfDay>& days);
std::string yaml_answer(const std::vector<std::string>& errors,
                        const std::vector<std::string>& warnings);
std::string storage_list(const std::vector<std::shared_ptr<const Repo>>& repos);

}  // namespace holt::repos::wire
