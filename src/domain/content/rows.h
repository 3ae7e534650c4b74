// Statements over many rows, built from literals in batches that both engines take.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "io/db/db.h"

namespace holt::content::store {

constexpr std::size_t kBatchRows = 200;

// "head (?, …), (?, …) tail" for each batch of `rows`; bind appends one row's parameters.
template <class RowType, class Bind>
std::int64_t run_rows(db::Tx& tx, std::string_view name, std::string_view head,
                      std::string_view one, std::string_view tail, const std::vector<RowType>& rows,
                      Bind&& bind) {
  std::int64_t changed = 0;
  for (std::size_t begin = 0; begin < rows.size(); begin += kBatchRows) {
    const std::size_t end = std::min(rows.size(), begin + kBatchRows);
    std::string sql(head);
    std::vector<db::Param> params;
    for (std::size_t i = begin; i < end; ++i) {
      if (i > begin) sql += ", ";
      sql += one;
      bind(params, rows[i]);
    }
    sql += tail;
    changed += tx.execute(db::Query{name, sql}, params);
  }
  return changed;
}

// "head ?, ?, … tail" for each batch of texts, with parameters before the list; visit sees every
// row.
template <class Visit>
void select_in(db::Tx& tx, std::string_view name, std::string_view head,
               const std::vector<db::Param>& before, const std::vector<std::string>& texts,
               std::string_view tail, Visit&& visit) {
  for (std::size_t begin = 0; begin < texts.size(); begin += kBatchRows) {
    const std::size_t end = std::min(texts.size(), begin + kBatchRows);
    std::string sql(head);
    std::vector<db::Param> params = before;
    for (std::size_t i = begin; i < end; ++i) {
      sql += i > begin ? ", ?" : "?";
      params.emplace_back(texts[i]);
    }
    sql += tail;
    for (const auto& row : tx.select(db::Query{name, sql}, params)) visit(row);
  }
}

inline std::int64_t execute_in(db::Tx& tx, std::string_view name, std::string_view head,
                               const std::vector<db::Param>& before,
                               const std::vector<std::string>& texts) {
  std::int64_t changed = 0;
  for (std::size_t begin = 0; begin < texts.size(); begin += kBatchRows) {
    const std::size_t end = std::min(texts.size(), begin + kBatchRows);
    std::string sql(head);
    std::vector<db::Param> params = before;
    for (std::size_t i = begin; i < end; ++i) {
      sql += i > begin ? ", ?" : "?";
      params.emplace_back(texts[i]);
    }
    sql += ")";
    changed += tx.execute(db::Query{name, sql}, params);
  }
  return changed;
}

}  // namespace holt::content::store
