// Functions that move series in time, or cut a time out.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/groups.h"
#include "readerd/graphite/interval.h"

namespace kilometric::graphite {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The argument is evaluated as it is, too: where the first of it begins, all that were moved begin.
SeriesList time_shift(Call& call) {
  std::string shift = call.text(1);
  if (is_digit(shift[0])) shift.insert(shift.begin(), '-');
  const auto moved = read_interval(shift);
  if (!moved) call.refuse("timeShift: a length of time is wanted, such as \"1d\"");
  const Context& context = call.context();
  const SeriesList unmoved = call.again();
  SeriesList list = call.again(context.from + *moved, context.until + *moved);
  if (unmoved.empty()) return {};
  for (auto& series : list) {
    series.tags["timeShift"] = shift;
    series.name = fmt::format("timeShift({}, \"{}\")", series.name, shift);
    series.start = unmoved[0].start;
  }
  return list;
}

// "now", seconds since the epoch, or a length of time before now.
std::optional<int64_t> moment(const std::string& text, int64_t now) {
  if (text == "now") return now;
  int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc() && end == text.data() + text.size() && seconds >= 0) return seconds;
  const auto back = read_interval(text.starts_with("now") ? text.substr(3) : text);
  if (!back) return std::nullopt;
  return now + (is_digit(text[0]) ? -*back : *back);
}

int64_t moment_of(const Call& call, size_t at) {
  const auto found = moment(call.text(at), call.context().now);
  if (!found) call.refuse("a time is wanted: now, -1h, or seconds since 1970");
  return *found;
}

// A value belongs to the second step before its end, as in Graphite: the first one to the request's start.
SeriesList time_slice(Call& call) {
  const int64_t start = moment_of(call, 1), end = moment_of(call, 2);
  for (auto& series : call.series(0)) {
    series.tags["timeSliceStart"] = std::to_string(start);
    series.tags["timeSliceEnd"] = std::to_string(end);
    series.name = fmt::format("timeSlice({}, {}, {})", series.name, start, end);
    int64_t at = call.context().from;
    for (double& value : series.values) {
      if (at < start || at > end) value = kNone;
      at += series.step;
    }
  }
  return std::move(call.series(0));
}

}  // namespace

std::vector<Function> time_functions() {
  const Parameter no{"resetEnd", Type::boolean, false, "true"},
      summer{"alignDst", Type::boolean, false, "false"};
  return {
      {"timeShift",
       "Transform",
       "What was so long before, drawn at the time of the request.",
       {kSeriesList, {"timeShift", Type::string, true}, no, summer},
       time_shift,
       true},
      {"timeSlice",
       "Transform",
       "Leaves out what is before the one time or after the other.",
       {kSeriesList, {"startSliceAt", Type::date, true}, {"endSliceAt", Type::date, false, "\"now\""}},
       time_slice},
  };
}

}  // namespace kilometric::graphite
