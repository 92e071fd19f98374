#include "tool/reader/reading.h"

#include <fmt/format.h>

#include <algorithm>

#include "tool/reader/kind_view.h"

namespace kilometric::tool {

Query read_query(const Selection& selection, std::string_view type, const std::vector<std::string>& stats) {
  Query query("/read");
  for (const std::string& key : selection.keys) query.add("key", key);
  for (const std::string& tag : selection.tags) query.add("tag", tag);
  for (const std::string& tag : selection.by) query.add("by", tag);
  query.add("type", type).add_given("kind", selection.kind);
  query.add_given("from", selection.from).add_given("to", selection.to);
  if (!stats.empty()) query.add("stat", fmt::format("{}", fmt::join(stats, ",")));
  if (selection.sum) query.add("sum", "1");
  return query;
}

Reading read_totals(const Reader& reader, const Selection& selection, const std::vector<std::string>& stats) {
  std::vector<std::string> asked = stats;
  std::erase(asked, "rate");  // which is one of periods
  if (asked.empty()) asked = {"value"};
  const HttpAnswer answer =
      reader.get(read_query(selection, "value", asked.front() == "value" ? std::vector<std::string>() : asked));
  return {selection.kind.empty() ? kind_of(answer) : selection.kind, asked, series_of(answer, asked)};
}

Reading read_points(const Reader& reader, const Selection& selection, const std::vector<std::string>& stats,
                    int64_t period_ms, bool filled) {
  Query query = read_query(selection, "points", stats);
  query.add("period", std::to_string(period_ms / 1000));
  const bool carried = filled && view_of(selection.kind).carried;
  const bool has_ends = !selection.from.empty() && selection.from != "-";
  if (carried && has_ends) query.add("fill", "prev");
  return {selection.kind, stats, series_of(reader.get(query), stats)};
}

}  // namespace kilometric::tool
