// JSON shapes of the buckets room. Property names are the Hub's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/buckets/buckets.h"

namespace holt::buckets::wire {

// --- requests ---
// visibility or private; absent: the namespace's default.
Result<std::optional<auth::Visibility>> read_visibility(std::string_view body);
Result<std::vector<std::string>> read_paths(std::string_view body);
// NDJSON; invalid names the line, too_large past kMostOperations.
Result<std::vector<Operation>> read_batch(std::string_view body);

// --- replies ---
std::string created(const repos::Repo& bucket, std::string_view origin);
std::string exists(const repos::RepoId& id, std::string_view origin);
std::string info(const repos::Repo& bucket, const Totals& totals);
std::string settings(const repos::Repo& bucket);
std::string tree(const std::vector<Entry>& entries);
std::string files(const std::vector<File>& files);
std::string outcome(const Outcome& outcome);

}  // namespace holt::buckets::wire
