#include "readerd/query/measure.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "common/metric/bin.h"

namespace kilometric {
namespace {

using Problem = std::optional<std::string>;

Problem read_name(std::string_view name, std::vector<std::string>& names) {
  if (name.empty())
    return "stat: one is empty; it is one or several names with commas between, such as p50,p99";
  if (std::ranges::find(names, name) != names.end()) return "stat: one is named twice";
  if (names.size() == Measure::kMostStats) return "stat: more than 20 of them";
  names.emplace_back(name);
  return std::nullopt;
}

Problem read_names(std::string_view text, std::vector<std::string>& names) {
  while (true) {
    const size_t end = text.find(',');
    if (auto problem = read_name(text.substr(0, end), names)) return problem;
    if (end == text.npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

int Measure::bins() const {
  if (names.size() != 1 || !names.front().starts_with("bins")) return 0;
  const std::string_view digits = std::string_view(names.front()).substr(4);
  if (digits.empty()) return kBinsAnOctave;
  for (int in_octave = 1; in_octave < kBinsAnOctave; in_octave *= 2)
    if (digits == std::to_string(in_octave)) return in_octave;
  return 0;
}

std::vector<std::string> Measure::fields() const {
  if (bins() != 0) return {"low", "high", "count"};
  return names.size() > 1 ? names : std::vector<std::string>{"value"};
}

std::variant<std::vector<Stat>, std::string> Measure::stats(Kind of) const {
  if (names.empty() || (of == Kind::timer && bins() != 0)) return std::vector<Stat>{usual_stat(of)};
  std::vector<Stat> stats;
  for (const std::string& name : names) {
    const auto stat = parse_stat(of, name);
    if (!stat)
      return std::string("stat: ")
          .append(words_of_stats(of))
          .append(kind ? "" : "; kind= asks for another kind");
    stats.push_back(*stat);
  }
  return stats;
}

Problem read_kind(const QueryString& parameters, std::optional<Kind>& kind) {
  const std::string* const name = parameters.find("kind");
  if (name == nullptr) return std::nullopt;
  kind = kind_named(*name);
  if (kind) return std::nullopt;
  std::string words = "kind: must be ";
  for (const KindText& each : kKinds) words.append(&each == kKinds.data() ? "" : " or ").append(each.name);
  return words;
}

Problem read_measure(const QueryString& parameters, Measure& measure) {
  if (auto problem = read_kind(parameters, measure.kind)) return problem;
  for (const auto& [name, value] : parameters.all())
    if (name == "stat")
      if (auto problem = read_names(value, measure.names)) return problem;
  if (!measure.kind) return std::nullopt;
  auto stats = measure.stats(*measure.kind);
  if (auto* problem = std::get_if<std::string>(&stats)) return std::move(*problem);
  return std::nullopt;
}

}  // namespace kilometric
