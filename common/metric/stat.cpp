#include "common/metric/stat.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <system_error>

namespace kilometric {
namespace {

using Of = Stat::Of;

struct Named {
  std::string_view name;
  Stat stat;
};

constexpr Named kOfCounter[] = {{"sum", {Of::sum}}, {"rate", {Of::rate}}};
constexpr Named kOfGauge[] = {
    {"last", {Of::last}}, {"min", {Of::min}}, {"max", {Of::max}}, {"mean", {Of::mean}}};
constexpr Named kOfTimer[] = {
    {"mean", {Of::mean}}, {"count", {Of::count}}, {"sum", {Of::sum}},       {"min", {Of::min}},
    {"max", {Of::max}},   {"rate", {Of::rate}},   {"stddev", {Of::stddev}}, {"median", {Of::quantile, 0.5}}};
constexpr Named kOfSet[] = {{"unique", {Of::unique}}};

struct Stats {
  std::span<const Named> named;  ///< the usual one is the first
  bool quantiles;
  std::string_view words;
};

constexpr std::array<Stats, 4> kStats{{
    {kOfCounter, false, "a counter has sum and rate"},
    {kOfGauge, false, "a gauge has last, min, max and mean"},
    {kOfTimer, true,
     "a timer has count, sum, mean, min, max, stddev, median, p0 to p100 (such as p99.9), rate and bins"},
    {kOfSet, false, "a set has unique"},
}};

/// In the order of the kinds' numbers.
const Stats& stats_of(Kind kind) { return kStats[static_cast<size_t>(kind) - 1]; }

/// The quantile of "p99.9", which is 0.999; its digits are read as hundredths at once, so as to be rounded
/// once.
std::optional<double> parse_percentile(std::string_view name) {
  constexpr size_t kMostDigits = 20;
  if (!name.starts_with('p') || name.size() > kMostDigits) return std::nullopt;
  const std::string_view digits = name.substr(1);
  const bool plain = digits.find_first_not_of("0123456789.") == digits.npos;
  if (!plain || digits.empty() || digits.front() == '.' || digits.back() == '.') return std::nullopt;
  const std::string text = std::string(digits) + "e-2";
  double quantile = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantile);
  const bool read = error == std::errc() && end == text.data() + text.size();
  return read && quantile <= 1 ? std::optional(quantile) : std::nullopt;
}

}  // namespace

std::optional<Stat> parse_stat(Kind kind, std::string_view name) {
  const Stats& stats = stats_of(kind);
  const auto named = std::ranges::find(stats.named, name, &Named::name);
  if (named != stats.named.end()) return named->stat;
  const auto quantile = stats.quantiles ? parse_percentile(name) : std::nullopt;
  return quantile ? std::optional(Stat{Of::quantile, *quantile}) : std::nullopt;
}

Stat usual_stat(Kind kind) { return stats_of(kind).named.front().stat; }

std::string_view words_of_stats(Kind kind) { return stats_of(kind).words; }

}  // namespace kilometric
