#include "readerd/graphite/gather/percentile_name.h"

#include "common/redis/stream_id.h"

namespace kilometric::graphite {
namespace {

using Of = Stat::Of;
using Part = Stat::Part;

struct Beginning {
  std::string_view text;
  Stat::Of of;
};

/// The longer of two that begin alike is the first.
constexpr Beginning kOfParts[] = {
    {"count_", Of::count}, {"mean_", Of::mean}, {"sum_squares_", Of::squares}, {"sum_", Of::sum}};

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

bool drop(std::string_view& text, std::string_view beginning) {
  if (!text.starts_with(beginning)) return false;
  text.remove_prefix(beginning.size());
  return true;
}

/// `of` the part whose percentage `text` has.
std::optional<Stat> of_part(Of of, Part part, std::string_view text) {
  const auto percent = percentage(text);
  return percent ? std::optional(Stat{of, *percent / 100, part}) : std::nullopt;
}

}  // namespace

std::optional<Stat> statsd_percentile(std::string_view node) {
  if (drop(node, "upper_")) return of_part(Of::quantile, Part::all, node);
  if (drop(node, "lower_top")) return of_part(Of::min, Part::highest, node);
  for (const Beginning& beginning : kOfParts) {
    if (!drop(node, beginning.text)) continue;
    const Part part = drop(node, "top") ? Part::highest : Part::lowest;
    return of_part(beginning.of, part, node);
  }
  return std::nullopt;
}

std::optional<Stat> datadog_percentile(std::string_view node) {
  constexpr std::string_view kBehind = "percentile";
  if (!node.ends_with(kBehind)) return std::nullopt;
  node.remove_suffix(kBehind.size());
  return of_part(Of::quantile, Part::all, node);
}

}  // namespace kilometric::graphite
