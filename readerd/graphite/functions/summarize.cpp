// Functions that put the values of each interval together.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "readerd/graphite/functions/call.h"
#include "readerd/graphite/functions/civil_start.h"
#include "readerd/graphite/functions/groups.h"

namespace kilometric::graphite {
namespace {

int64_t interval_of(const Call& call) {
  const int64_t interval = call.interval(1);
  if (interval < 1) call.refuse("intervalString must be above 0");
  return interval;
}

size_t bucket_count(Call& call, int64_t width, int64_t interval) {
  const auto count = static_cast<uint64_t>((width + interval - 1) / interval);
  call.spend(count);
  return count;
}

// The values between two times, of which the first counts.
std::span<const double> between(const TimeSeries& series, int64_t from, int64_t to) {
  const auto size = static_cast<int64_t>(series.values.size());
  const auto place = [&](int64_t at) {
    return std::clamp<int64_t>((at - series.start + series.step - 1) / series.step, 0, size);
  };
  const int64_t begin = from <= series.start ? 0 : place(from), end = to <= series.start ? 0 : place(to);
  return std::span(series.values).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
}

// Makes the series that of its buckets from `start` on.
void put_together(TimeSeries& series, int64_t start, size_t count, int64_t interval, Aggregation how) {
  std::vector<double> values;
  values.reserve(count);
  for (size_t i = 0; i < count; ++i, start += interval)
    values.push_back(aggregated(how, between(series, start, start + interval)));
  series.start = start - static_cast<int64_t>(count) * interval;
  series.step = interval;
  series.values = std::move(values);
  series.consolidation = consolidation_of(how, series.consolidation);
}

SeriesList summarize(Call& call) {
  const int64_t interval = interval_of(call);
  const bool from_start = call.boolean(3);
  for (auto& series : call.series(0)) {
    const int64_t start = from_start ? series.start : floor_to(series.start, interval);
    const int64_t end = from_start ? series.end() : floor_to(series.end(), interval) + interval;
    put_together(series, start, bucket_count(call, end - start, interval), interval, call.aggregation(2));
    series.tags["summarize"] = call.text(1);
    series.tags["summarizeFunction"] = call.text(2);
    series.name = series.path = fmt::format("summarize({}, \"{}\", \"{}\"{})", series.name, call.text(1),
                                            call.text(2), from_start ? ", true" : "");
  }
  return std::move(call.series(0));
}

SeriesList smart_summarize(Call& call) {
  const int64_t interval = interval_of(call);
  int64_t from = call.context().from;
  if (call.given(3) && call.text(3) != "true" && call.text(3) != "false") {
    const auto aligned = civil_start(from, call.text(3));
    if (!aligned) call.refuse("alignTo: a unit of time is wanted, such as \"days\" or \"weeks1\"");
    from = *aligned;
  }
  SeriesList list = call.again(from, call.context().until);
  for (auto& series : list) {
    put_together(series, series.start, bucket_count(call, series.end() - series.start, interval), interval,
                 call.aggregation(2));
    series.tags["smartSummarize"] = call.text(1);
    series.tags["smartSummarizeFunction"] = call.text(2);
    series.name = series.path =
        fmt::format("smartSummarize({}, \"{}\", \"{}\")", series.name, call.text(1), call.text(2));
  }
  return list;
}

// What a rate comes to in each bucket: a value counts for the seconds of its step that lie in it.
std::vector<double> hits(const TimeSeries& series, int64_t start, size_t count, int64_t interval) {
  std::vector<double> buckets(count, kNone);
  const int64_t end = start + static_cast<int64_t>(count) * interval;
  int64_t at = series.start;
  for (const double value : series.values) {
    const int64_t next = at + series.step;
    for (int64_t from = at; from < std::min(next, end) && !std::isnan(value);) {
      const int64_t bucket = (from - start) / interval;
      const int64_t to = std::min(next, start + (bucket + 1) * interval);
      double& sum = buckets[static_cast<size_t>(bucket)];
      sum = (std::isnan(sum) ? 0 : sum) + value * static_cast<double>(to - from);
      from = to;
    }
    at = next;
  }
  return buckets;
}

int64_t hitcount_start(int64_t from, int64_t interval) {
  if (interval >= 86'400) return floor_to(from, 86'400);
  if (interval >= 3600) return floor_to(from, 3600);
  return interval >= 60 ? floor_to(from, 60) : from;
}

// The buckets count back from the end.
SeriesList hitcount(Call& call) {
  const int64_t interval = interval_of(call);
  const bool aligned = call.boolean(2);
  const Context& context = call.context();
  SeriesList list = call.again(aligned ? hitcount_start(context.from, interval) : context.from, context.until);
  for (auto& series : list) {
    const int64_t end =
        aligned ? series.start + floor_to(series.end() - series.start, interval) + interval : series.end();
    const size_t count = bucket_count(call, end - series.start, interval);
    const int64_t start = end - static_cast<int64_t>(count) * interval;
    series.values = hits(series, start, count, interval);
    series.start = start;
    series.step = interval;
    series.tags["hitcount"] = call.text(1);
    series.name = series.path =
        fmt::format("hitcount({}, \"{}\"{})", series.name, call.text(1), aligned ? ", true" : "");
    series.consolidation = Consolidation::sum;
  }
  return list;
}

}  // namespace

std::vector<Function> summarizing_functions() {
  const Parameter interval{"intervalString", Type::interval, true},
      func{"func", Type::aggregation, false, "\"sum\""};
  const char* step = "intervalString";
  return {
      {"hitcount",
       "Transform",
       "How often it happened in each interval, by its rate a second.",
       {kSeriesList, interval, {"alignToInterval", Type::boolean, false, "false"}},
       hitcount,
       true,
       step},
      {"smartSummarize",
       "Transform",
       "The values of each interval put together, the first of which begins at a day, say.",
       {kSeriesList, interval, func, {"alignTo", Type::string}},
       smart_summarize,
       true,
       step},
      {"summarize",
       "Transform",
       "The values of each interval put together; intervals are counted from 1970, or from the range's start.",
       {kSeriesList, interval, func, {"alignToFrom", Type::boolean, false, "false"}},
       summarize,
       false,
       step},
  };
}

}  // namespace kilometric::graphite
