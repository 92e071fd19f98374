#include "readerd/graphite/render_text.h"

#include <date/date.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iterator>

#include "common/json.h"
#include "common/utf8.h"

namespace kilometric::graphite {
namespace {

void append_integer(std::string& text, int64_t number) {
  const fmt::format_int digits(number);
  text.append(digits.data(), digits.size());
}

/// Whether it is written as the integer that it is, which takes a quarter of the time. -0 is not.
bool is_short_integer(double value) {
  constexpr double kMost = 1e15;
  return std::fabs(value) < kMost && value == std::trunc(value) && (value != 0 || !std::signbit(value));
}

/// JSON knows neither of those that are no finite number.
void append_number(std::string& text, double value, std::string_view none) {
  if (!std::isfinite(value))
    text += none;
  else if (is_short_integer(value))
    append_integer(text, static_cast<int64_t>(value));
  else
    fmt::format_to(std::back_inserter(text), "{}", value);
}

/// A function may have cut a name within a character.
std::string json_name(std::string_view name) { return json_string(valid_utf8(name)); }

void append_json(std::string& text, const TimeSeries& series, bool no_null_points) {
  fmt::format_to(std::back_inserter(text), R"({{"target":{},"tags":{{)", json_name(series.name));
  for (const auto& [name, value] : series.tags)
    fmt::format_to(std::back_inserter(text), "{}{}:{}", name == series.tags.begin()->first ? "" : ",",
                   json_name(name), json_name(value));
  text += R"(},"datapoints":[)";
  int64_t at = series.start;
  bool first = true;
  for (const double value : series.values) {
    if (!no_null_points || std::isfinite(value)) {
      text += std::exchange(first, false) ? "[" : ",[";
      append_number(text, value, "null");
      text += ',';
      append_integer(text, at);
      text += ']';
    }
    at += series.step;
  }
  text += "]}";
}

/// A name that a spreadsheet might take for a formula is quoted and gets an apostrophe.
std::string csv_name(std::string_view name) {
  std::string text = name.find_first_of("=+-@\t\r") == 0 ? "'" : "";
  text += name;
  if (text.find_first_of(",\"\r\n'") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted += '"';
}

void append_csv(std::string& text, const TimeSeries& series) {
  const std::string name = csv_name(series.name);
  int64_t at = series.start;
  for (const double value : series.values) {
    const date::sys_seconds time{std::chrono::seconds(at)};
    text.append(name).append(",").append(date::format("%Y-%m-%d %H:%M:%S", time)).append(",");
    append_number(text, value, "");
    text += "\r\n";
    at += series.step;
  }
}

void append_raw(std::string& text, const TimeSeries& series) {
  fmt::format_to(std::back_inserter(text), "{},{},{},{}|", series.name, series.start, series.end(),
                 series.step);
  for (size_t i = 0; i < series.values.size(); ++i) {
    if (i > 0) text += ',';
    append_number(text, series.values[i], "None");
  }
  text += '\n';
}

}  // namespace

std::string_view content_type_of(RenderFormat format) {
  if (format == RenderFormat::json) return "application/json";
  return format == RenderFormat::csv ? "text/csv" : "text/plain; charset=utf-8";
}

std::string_view head_of(RenderFormat format) { return format == RenderFormat::json ? "[" : ""; }
std::string_view tail_of(RenderFormat format) { return format == RenderFormat::json ? "]" : ""; }

void append_series(std::string& text, const TimeSeries& series, const RenderQuery& query, bool first) {
  if (query.format == RenderFormat::csv) return append_csv(text, series);
  if (query.format == RenderFormat::raw) return append_raw(text, series);
  if (!first) text += ',';
  append_json(text, series, query.no_null_points);
}

}  // namespace kilometric::graphite
