#include "tool/local/line_check.h"

#include <fmt/format.h>

#include "common/metric/key.h"
#include "common/settings/values.h"
#include "tool/failure.h"
#include "tool/local/setting.h"

namespace kilometric::tool {
namespace {

std::string text_of(const Fixed& value) { return to_text(Number(value)); }

/// Throws Failure with the variable's name.
template <class Read>
auto read_setting(std::string_view flag, std::string_view variable, Read read) {
  try {
    return read(setting_text(flag));
  } catch (const std::exception& error) {
    throw Failure(kUsage, fmt::format("{}: {}", variable, error.what()));
  }
}

}  // namespace

LineCheck::LineCheck() {
  rules_.names = read_setting("tags", "KILOMETRIC_TAGS", values::tag_names);
  rules_.keep = setting_text("tags") != "drop";
  rules_.in_name = read_setting("tags-in-name", "KILOMETRIC_TAGS_IN_NAME", values::mark_of_tags);
  gauge_signs_add_ = read_setting("gauge-sign", "KILOMETRIC_GAUGE_SIGN", values::is_delta);
}

std::string_view LineCheck::stored_key(std::string_view name, std::string_view section, Outcome& outcome) {
  const bool may_hold_tags = section.data() != nullptr || name.size() > kMaxKeyBytes ||
                             name.find(';') != std::string_view::npos ||
                             (rules_.in_name != '\0' && name.find(rules_.in_name) != std::string_view::npos);
  std::string_view key = name;
  if (rules_.keep && may_hold_tags) {
    key = made_.make(name, section, rules_);
    outcome = made_.outcome();
  } else if (name.size() > kMaxKeyBytes) {
    outcome = Outcome::bad_key;
  }
  if (outcome == Outcome::accepted && key_error(key) != nullptr) outcome = Outcome::bad_key;
  return key;
}

CheckedSample LineCheck::sample_of(const Line& line, std::string_view key) const {
  CheckedSample sample{
      line.kind == Kind::event ? "event" : std::string(text_of(line.kind).name), std::string(key), {}};
  switch (line.kind) {
    case Kind::counter:
      sample.value = to_text(line.amount);
      if (!sample.value.starts_with('-')) sample.value.insert(sample.value.begin(), '+');
      break;
    case Kind::gauge: {
      const bool adds = line.bits != 0 && gauge_signs_add_;
      const std::string value = text_of(line.exact);
      sample.value =
          adds ? fmt::format("{}{}", value.starts_with('-') ? "" : "+", value) : fmt::format("= {}", value);
      break;
    }
    case Kind::timer:
      sample.value = to_text(Number(line.number));
      if (const std::string weight = to_text(line.amount); weight != "1")
        sample.value += fmt::format(", {} times", weight);
      break;
    case Kind::set:
      sample.value = "one member";
      break;
    case Kind::event:
      sample.value = "is kept";
      break;
  }
  return sample;
}

CheckedLine LineCheck::check(std::string_view line) {
  CheckedLine checked;
  if (line.size() > kMostLineBytes) return {Outcome::truncated, {}};
  std::string_view tags;
  const Line first = parse_line(line, tags);
  checked.outcome = first.outcome;
  if (first.outcome != Outcome::accepted) return checked;
  if (first.kind == Kind::event) return {Outcome::accepted, {sample_of(first, line)}};
  const std::string key(stored_key(first.key, tags, checked.outcome));
  if (checked.outcome != Outcome::accepted) return checked;
  if (!first.several) return {Outcome::accepted, {sample_of(first, key)}};
  SampleReader samples(line);
  for (Line sample; samples.read(sample);) checked.samples.push_back(sample_of(sample, key));
  return checked;
}

}  // namespace kilometric::tool
