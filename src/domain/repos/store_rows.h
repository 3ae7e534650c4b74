// What the files of SQL of the repositories room share. Private to them.
#pragma once

#include <string_view>
#include <vector>

#include "domain/repos/store.h"

namespace holt::repos::store {

// Of repos under the name r, in the order in which row_of reads them.
inline constexpr std::string_view kColumns =
    "r.id, r.object_id, r.type, r.owner_id, r.owner, r.name, r.created_by, r.visibility, r.gate, "
    "r.disabled, "
    "r.allow_force_push, r.discussions_disabled, r.space_sdk, r.created_at, r.last_modified, "
    "r.head, "
    "r.generation, r.likes, r.downloads, r.downloads_all_time, r.trending, r.used_storage, "
    "r.pipeline_tag, "
    "r.library_name, r.parameters, r.tags, r.facts";

RepoRow row_of(const db::Row& row);

// Every three letters that follow one another, as migrations/0011_repo_grams.sql keeps them. Views
// of `text`, which is a full_key or a part of one: ASCII, lower case.
std::vector<std::string_view> grams(std::string_view text);

}  // namespace holt::repos::store
