#include "readerd/graphite/render_query.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <utility>

#include "common/metric/number.h"
#include "readerd/graphite/at_time.h"

namespace kilometric::graphite {
namespace {

using Problem = std::optional<std::string>;

constexpr int64_t kDay = 86'400;

Problem read_moment(const Form& form, std::string_view name, int64_t now, int64_t& moment) {
  const std::string* const text = form.find(name);
  const auto parsed = text ? parse_at_time(*text, now) : std::optional(moment);
  if (!parsed)
    return fmt::format("{}: is no time; write seconds since the epoch, now, -6h or 16:00_20251125", name);
  moment = *parsed;
  return std::nullopt;
}

Problem read_format(const Form& form, RenderFormat& format) {
  const std::string* const text = form.find("format");
  if (form.is_set("rawData")) format = RenderFormat::raw;
  if (text == nullptr || *text == "json") return std::nullopt;
  if (*text != "csv" && *text != "raw") return "format: there are json, csv and raw; no images are drawn here";
  format = *text == "csv" ? RenderFormat::csv : RenderFormat::raw;
  return std::nullopt;
}

/// A number that is none is as good as none, as with Graphite.
uint64_t most_points(const Form& form) {
  const std::string* const text = form.find("maxDataPoints");
  const auto number = text ? parse_double(*text) : std::nullopt;
  return number && *number > 0 ? static_cast<uint64_t>(std::ceil(std::min(*number, 1e9))) : 0;
}

Problem read_targets(const Form& form, std::vector<Expression>& targets) {
  for (const std::string& text : form.all("target")) {
    if (targets.size() == RenderQuery::kMostTargets)
      return fmt::format("target: more than {} of them", RenderQuery::kMostTargets);
    auto target = parse_target(text);
    if (const auto* refusal = std::get_if<Refusal>(&target)) return refusal->message;
    targets.push_back(std::get<Expression>(std::move(target)));
  }
  return std::nullopt;
}

}  // namespace

std::variant<std::pair<int64_t, int64_t>, Refusal> parse_range(const Form& form, int64_t now) {
  int64_t from = now - kDay, until = now;
  if (auto problem = read_moment(form, "from", now, from)) return Refusal{400, std::move(*problem)};
  if (auto problem = read_moment(form, "until", now, until)) return Refusal{400, std::move(*problem)};
  if (from >= until) return Refusal{400, "from: is not before until"};
  return std::pair(from, until);
}

std::variant<RenderQuery, Refusal> parse_render(const Form& form, int64_t now) {
  RenderQuery query;
  const auto range = parse_range(form, now);
  if (const auto* refusal = std::get_if<Refusal>(&range)) return *refusal;
  std::tie(query.from, query.until) = std::get<std::pair<int64_t, int64_t>>(range);
  if (auto problem = read_format(form, query.format)) return Refusal{400, std::move(*problem)};
  if (auto problem = read_targets(form, query.targets)) return Refusal{400, std::move(*problem)};
  query.most_points = most_points(form);
  query.no_null_points = form.is_set("noNullPoints");
  return query;
}

}  // namespace kilometric::graphite
