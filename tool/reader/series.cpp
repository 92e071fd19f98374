#include "tool/reader/series.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "tool/failure.h"

namespace kilometric::tool {
namespace {

[[noreturn]] void refuse() {
  throw Failure(kUnreachable, "the answer is none of kilometric-readerd's /read; --reader says where that is");
}

Point point_of(const JsonValue& value, const std::vector<std::string>& stats) {
  Point point;
  point.from = point.to = whole_of(value, "from");
  if (find(value, "to") != nullptr) point.to = whole_of(value, "to");
  for (const std::string& stat : stats)
    point.values.push_back(number_text(value, stats.size() == 1 ? "value" : stat.c_str()));
  return point;
}

Series series_of(const JsonValue& metric, const std::vector<std::string>& stats) {
  const JsonValue* values = find(metric, "values");
  if (values == nullptr || !values->IsArray()) refuse();
  Series series{text_of(metric, "name"), {}};
  for (const JsonValue& value : values->GetArray()) series.points.push_back(point_of(value, stats));
  std::ranges::sort(series.points, {}, &Point::from);
  return series;
}

}  // namespace

std::vector<Series> series_of(const HttpAnswer& answer, const std::vector<std::string>& stats) {
  const Json document = parse_json(answer.body, "the reader");
  const JsonValue* metrics = find(document, "metrics");
  if (metrics == nullptr) return {series_of(document, stats)};
  if (!metrics->IsArray()) refuse();
  std::vector<Series> all;
  for (const JsonValue& metric : metrics->GetArray()) all.push_back(series_of(metric, stats));
  return all;
}

std::string kind_of(const HttpAnswer& answer) {
  const std::string_view header = answer.header("kilometric-kind");
  const std::string_view kind = header.substr(0, header.find(';'));
  for (const char* known : {"gauge", "timer", "set"})
    if (kind == known) return known;
  return "counter";
}

double to_double(const std::string& value) {
  return value.empty() ? std::numeric_limits<double>::quiet_NaN() : std::strtod(value.c_str(), nullptr);
}

}  // namespace kilometric::tool
