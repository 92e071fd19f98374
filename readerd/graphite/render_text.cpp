#include "readerd/graphite/render_text.h"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iterator>
#include <utility>

#include "common/json.h"
#include "common/utf8.h"

namespace kilometric::graphite {
namespace {

constexpr size_t kMostDigits = 20;

/// Returns where the next character goes.
char* put_integer(char* at, int64_t number) { return std::to_chars(at, at + kMostDigits, number).ptr; }

/// Whether it is written as the integer that it is, which takes a quarter of the time. -0 is not.
bool is_short_integer(double value) {
  constexpr double kMost = 1e15;
  return std::fabs(value) < kMost && value == std::trunc(value) && (value != 0 || !std::signbit(value));
}

/// Of all doubles the longest take 24 characters, as {fmt} writes them.
constexpr size_t kMostNumber = 32;

/// JSON knows neither of those that are no finite number.
char* put_number(char* at, double value, std::string_view none) {
  if (!std::isfinite(value)) return std::copy(none.begin(), none.end(), at);
  if (is_short_integer(value)) return put_integer(at, static_cast<int64_t>(value));
  return fmt::format_to(at, "{}", value);
}

void append_number(std::string& text, double value, std::string_view none) {
  char number[kMostNumber];
  text.append(number, put_number(number, value, none));
}

/// Times one after the other, which have all but their last digits in common.
class TimeText {
 public:
  char* put(char* at, int64_t time) {
    if (time < kUnit) return put_integer(at, time);
    if (time / kUnit != head_) {
      head_ = time / kUnit;
      digits_ = static_cast<size_t>(put_integer(text_, head_) - text_);
    }
    at = std::copy_n(text_, digits_, at);
    const auto tail = static_cast<unsigned>(time % kUnit);
    for (const unsigned digit : {tail / 1000, tail / 100 % 10, tail / 10 % 10, tail % 10})
      *at++ = static_cast<char>('0' + digit);
    return at;
  }

 private:
  static constexpr int64_t kUnit = 10'000;
  int64_t head_ = 0;  ///< whose digits these are
  char text_[kMostDigits];
  size_t digits_ = 0;
};

/// `[value,time]` of each point. They are put together apart from the text, whose own bookkeeping takes longer
/// than the digits.
void append_points(std::string& text, const TimeSeries& series, bool no_null_points) {
  constexpr size_t kMostPoint = kMostNumber + kMostDigits + 4;
  char block[64 * kMostPoint];
  char* end = block;
  TimeText times;
  int64_t at = series.start;
  for (const double value : series.values) {
    if (!no_null_points || std::isfinite(value)) {
      *end++ = '[';
      end = put_number(end, value, "null");
      *end++ = ',';
      end = times.put(end, at);
      *end++ = ']';
      *end++ = ',';
    }
    if (end - block > static_cast<ptrdiff_t>(sizeof block - kMostPoint))
      text.append(block, std::exchange(end, block));
    at += series.step;
  }
  text.append(block, end);
  if (text.back() == ',') text.pop_back();
}

/// A function may have cut a name within a character.
std::string json_name(std::string_view name) { return json_string(valid_utf8(name)); }

void append_json(std::string& text, const TimeSeries& series, bool no_null_points) {
  fmt::format_to(std::back_inserter(text), R"({{"target":{},"tags":{{)", json_name(series.name));
  for (const auto& [name, value] : series.tags)
    fmt::format_to(std::back_inserter(text), "{}{}:{}", name == series.tags.begin()->first ? "" : ",",
                   json_name(name), json_name(value));
  text += R"(},"datapoints":[)";
  append_points(text, series, no_null_points);
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
