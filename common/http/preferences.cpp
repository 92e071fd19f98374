#include "common/http/preferences.h"

#include <algorithm>

#include "common/http/head_rules.h"

namespace kilometric {
namespace {

constexpr int kMostWeight = 1000;

std::string_view trimmed(std::string_view text) {
  const size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  text.remove_prefix(first);
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

/// Cuts off what stands before the next `separator` outside quotes, and the separator.
std::string_view next_part(std::string_view& text, char separator) {
  bool quoted = false;
  size_t at = 0;
  for (; at < text.size() && (quoted || text[at] != separator); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted && text[at] == '\\') ++at;
  }
  at = std::min(at, text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return trimmed(part);
}

/// `0`, `0.5`, `1.000`. Digits behind the third do not make a weight 0 that is not.
std::optional<int> parse_weight(std::string_view text) {
  if (text.empty() || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.'))
    return std::nullopt;
  const std::string_view decimals = text.substr(std::min<size_t>(text.size(), 2));
  if (decimals.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  int weight = text[0] - '0';
  for (size_t i = 0; i < 3; ++i) weight = weight * 10 + (i < decimals.size() ? decimals[i] - '0' : 0);
  if (weight == 0 && decimals.find_first_not_of('0') != std::string_view::npos) return 1;
  return std::min(weight, kMostWeight);
}

/// `text/csv;header=present;q=0.5`
HttpPreference parse_preference(std::string_view text) {
  HttpPreference preference{next_part(text, ';'), kMostWeight};
  while (!text.empty()) {
    const std::string_view parameter = next_part(text, ';');
    const size_t equals = std::min(parameter.find('='), parameter.size());
    if (!equal_ignoring_case(trimmed(parameter.substr(0, equals)), "q")) continue;
    const std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
    if (const auto weight = parse_weight(trimmed(value))) preference.weight = *weight;
  }
  return preference;
}

}  // namespace

bool is_named(const HttpPreference& preference, std::string_view name) {
  return equal_ignoring_case(preference.name, name);
}

std::vector<HttpPreference> parse_preferences(std::string_view list) {
  std::vector<HttpPreference> preferences;
  while (!list.empty())
    if (const std::string_view part = next_part(list, ','); !part.empty())
      preferences.push_back(parse_preference(part));
  return preferences;
}

std::optional<int> weight_of(const std::vector<HttpPreference>& preferences, std::string_view name) {
  for (const HttpPreference& preference : preferences)
    if (is_named(preference, name)) return preference.weight;
  return std::nullopt;
}

}  // namespace kilometric
