#include "readerd/graphite/gather/names.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/redis/stream_id.h"

namespace kilometric::graphite {
namespace {

/// A statistic as the last node of a name has it.
struct Suffix {
  std::string_view text;
  Stat stat;
  bool per_second = false;
};

using Of = Stat::Of;

constexpr std::array kOfCounters{Suffix{"count", {Of::sum}}, Suffix{"rate", {Of::sum}, true}};
constexpr std::array kOfSets{Suffix{"count", {Of::unique}}};
constexpr std::array kOfTimers{Suffix{"count", {Of::count}},
                               Suffix{"count_ps", {Of::count}, true},
                               Suffix{"lower", {Of::min}},
                               Suffix{"mean", {Of::mean}},
                               Suffix{"median", {Of::quantile, 0.5}},
                               Suffix{"std", {Of::stddev}},
                               Suffix{"sum", {Of::sum}},
                               Suffix{"upper", {Of::max}},
                               Suffix{"upper_90", {Of::quantile, 0.9}}};
constexpr std::array kOfDatadog{Suffix{"95percentile", {Of::quantile, 0.95}},
                                Suffix{"avg", {Of::mean}},
                                Suffix{"count", {Of::count}},
                                Suffix{"max", {Of::max}},
                                Suffix{"median", {Of::quantile, 0.5}},
                                Suffix{"min", {Of::min}},
                                Suffix{"sum", {Of::sum}}};

/// Digits, and an underscore for the point, of a percentage: 90, 99_9.
std::optional<double> percentage(std::string_view text) {
  const size_t point = text.find('_');
  const std::string_view whole = text.substr(0, point), rest = point == text.npos ? "" : text.substr(point + 1);
  const auto number = whole.size() <= 3 ? parse_digits(whole) : std::nullopt;
  const auto decimals = rest.empty()       ? std::optional<uint64_t>(0)
                        : rest.size() <= 6 ? parse_digits(rest)
                                           : std::nullopt;
  if (!number || !decimals || (point != text.npos && rest.empty())) return std::nullopt;
  double value = static_cast<double>(*decimals);
  for (size_t i = 0; i < rest.size(); ++i) value /= 10;
  value += static_cast<double>(*number);
  return value > 0 && value <= 100 ? std::optional(value) : std::nullopt;
}

std::optional<Stat> quantile(std::string_view text, std::string_view before, std::string_view behind) {
  if (!text.starts_with(before) || !text.ends_with(behind) || text.size() <= before.size() + behind.size())
    return std::nullopt;
  const auto percent = percentage(text.substr(before.size(), text.size() - before.size() - behind.size()));
  return percent ? std::optional(Stat{Of::quantile, *percent / 100}) : std::nullopt;
}

class Reading {
 public:
  explicit Reading(const Path& path) : path_(path) {}

  Meanings read() {
    for (const KindText& text : kKinds)
      meanings_.plain.push_back({text.kind, path_, usual(text.kind), false, "", ""});
    if (begins_with({"stats", "counters"})) with_suffix(Kind::counter, 2, kOfCounters);
    if (begins_with({"stats", "timers"})) timers(2);
    if (begins_with({"stats", "sets"})) with_suffix(Kind::set, 2, kOfSets);
    if (begins_with({"stats", "gauges"})) whole(Kind::gauge, 2, usual_stat(Kind::gauge), false);
    if (begins_with({"stats_counts"})) whole(Kind::counter, 1, {Of::sum}, false);
    if (begins_with({"stats"})) whole(Kind::counter, 1, {Of::sum}, true);
    datadog();
    return std::move(meanings_);
  }

 private:
  static Stat usual(Kind kind) { return kind == Kind::timer ? Stat{Of::mean} : usual_stat(kind); }

  bool begins_with(std::initializer_list<std::string_view> nodes) const {
    if (path_.size() <= nodes.size()) return false;
    size_t place = 0;
    return std::ranges::all_of(nodes, [&](std::string_view node) { return path_[place++].literal == node; });
  }

  std::string text_before(size_t count) const {
    std::string text;
    for (size_t place = 0; place < count; ++place) text += path_[place].text + ".";
    return text;
  }

  void whole(Kind kind, size_t first, Stat stat, bool per_second) {
    meanings_.named.push_back(
        {kind, path_.part(first, path_.size() - first), stat, per_second, text_before(first), ""});
  }

  void add(Kind kind, size_t first, std::string_view suffix, Stat stat, bool per_second) {
    meanings_.named.push_back({kind, path_.part(first, path_.size() - first - 1), stat, per_second,
                               text_before(first), "." + std::string(suffix)});
  }

  template <size_t count>
  void with_suffix(Kind kind, size_t first, const std::array<Suffix, count>& suffixes) {
    if (path_.size() < first + 2) return;
    for (const Suffix& suffix : suffixes)
      if (last().glob.matches(suffix.text)) add(kind, first, suffix.text, suffix.stat, suffix.per_second);
  }

  /// One that is not in the table names a percentile of its own.
  void with_percentile(size_t first, std::string_view before, std::string_view behind) {
    if (path_.size() < first + 2 || !last().literal || !meanings_.named.empty()) return;
    if (const auto stat = quantile(*last().literal, before, behind))
      add(Kind::timer, first, *last().literal, *stat, false);
  }

  void timers(size_t first) {
    with_suffix(Kind::timer, first, kOfTimers);
    with_percentile(first, "upper_", "");
  }

  void datadog() {
    if (path_.size() < 2) return;
    with_suffix(Kind::timer, 0, kOfDatadog);
    with_percentile(0, "", "percentile");
  }

  const PathNode& last() const { return path_[path_.size() - 1]; }

  const Path& path_;
  Meanings meanings_;
};

}  // namespace

Meanings meanings_of(const Path& path) { return Reading(path).read(); }

Consolidation consolidation_of(const Stat& stat, bool per_second) {
  if (per_second) return Consolidation::average;
  switch (stat.of) {
    case Of::sum:
    case Of::count:
      return Consolidation::sum;
    case Of::min:
      return Consolidation::min;
    case Of::max:
      return Consolidation::max;
    default:
      return Consolidation::average;
  }
}

bool is_zero_when_empty(Kind kind, const Stat& stat) {
  return kind == Kind::counter || kind == Kind::set || stat.of == Of::count;
}

}  // namespace kilometric::graphite
