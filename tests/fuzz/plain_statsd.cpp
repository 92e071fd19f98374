#include "tests/fuzz/plain_statsd.h"

#include <algorithm>
#include <map>
#include <vector>

#include "common/metric/amount.h"
#include "common/metric/key.h"

namespace kilometric {
namespace {

/// What the real parser may lose of a number: it keeps nineteen digits, and 64 bits behind each step.
constexpr Quad kPrecision = 2e-18;

/// Beyond these exponents a long double may be zero or infinite, and either outcome is fine.
constexpr int kMostExponent = 4900;

constexpr size_t kDigits = 34;  ///< that a Quad holds exactly

constexpr Quad kOne = kMillion;  ///< all magnitudes are in millionths, so that six decimals are whole
constexpr Quad kMost = Quad(kMaxValue) * kOne;

/// Cuts off `text` what stands before the first of `stops`, or all of it.
std::string_view cut(std::string_view& text, std::string_view stops) {
  const std::string_view head = text.substr(0, text.find_first_of(stops));
  text.remove_prefix(head.size());
  return head;
}

std::string_view cut_digits(std::string_view& text) {
  const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  return digits;
}

bool take(std::string_view& text, std::string_view one_of) {
  if (text.empty() || one_of.find(text.front()) == one_of.npos) return false;
  text.remove_prefix(1);
  return true;
}

struct Number {
  Quad magnitude = kOne;
  bool negative = false;
  bool exact = false;    ///< at most eighteen digits and six decimals: nothing may be lost
  bool extreme = false;  ///< beyond what is compared
};

Quad times_ten_to(Quad value, int exponent) {
  for (; exponent > 0; --exponent) value *= 10;
  for (; exponent < 0; ++exponent) value /= 10;
  return value;
}

std::optional<Number> read_number(std::string_view text) {
  Number number;
  if (text.starts_with('-')) number.negative = true;
  take(text, "+-");
  std::string digits(cut_digits(text));
  int exponent = 0;
  if (take(text, ".")) {
    const std::string_view decimals = cut_digits(text);
    digits += decimals;
    exponent = -static_cast<int>(decimals.size());
  }
  if (digits.empty()) return std::nullopt;
  if (take(text, "eE")) {
    const bool negative = text.starts_with('-');
    take(text, "+-");
    const std::string power(cut_digits(text));
    if (power.empty()) return std::nullopt;
    const size_t first = std::min(power.find_first_not_of('0'), power.size());
    const int size = power.size() - first > 5 ? 99'999 : std::stoi("0" + power.substr(first));
    exponent += negative ? -size : size;
  }
  if (!text.empty()) return std::nullopt;

  digits.erase(0, digits.find_first_not_of('0'));
  number.exact = digits.size() <= 18 && exponent <= 0 && exponent >= -6;
  const int places = static_cast<int>(digits.size()) + exponent;  // of the first digit
  number.extreme = !digits.empty() && std::abs(places) > kMostExponent;
  if (number.extreme) return number;
  digits.resize(std::min(digits.size(), kDigits));
  Quad mantissa = 0;
  for (const char c : digits) mantissa = mantissa * 10 + (c - '0');
  number.magnitude = mantissa == 0 ? 0 : times_ten_to(mantissa, places - static_cast<int>(digits.size()) + 6);
  return number;
}

/// Is it above `limit`? When that is too close to say, `either`.
bool above(Quad value, Quad limit, bool exact, bool& either) {
  if (!exact && value > limit * (1 - kPrecision) && value < limit * (1 + kPrecision)) either = true;
  return value > limit;
}

/// `1:2:3`, each divided by `rate`.
bool add_values(std::string_view text, Number rate, bool has_rate, PlainLine& line) {
  for (;;) {
    const std::optional<Number> value = read_number(cut(text, ":"));
    if (!value) return false;
    if (value->extreme || rate.extreme) line.either_outcome = true;
    const bool exact = value->exact && !has_rate;
    const Quad size = exact ? value->magnitude : value->magnitude / rate.magnitude * kOne;
    if (above(value->magnitude, kMost, exact, line.either_outcome)) return false;
    if (above(size, kMost, exact, line.either_outcome)) return false;
    line.millionths += value->negative ? -size : size;
    if (!exact) line.tolerance += 0.5 + size * kPrecision;
    if (!take(text, ":")) return true;
  }
}

Outcome type_of(std::string_view type) {
  if (type == "c" || type == "m") return Outcome::accepted;
  const bool known = type == "g" || type == "ms" || type == "h" || type == "d" || type == "s";
  return known ? Outcome::unsupported : Outcome::bad_type;
}

Outcome read_sample(std::string_view& text, PlainLine& line) {
  const std::string_view values = cut(text, "|");
  if (!take(text, "|")) return Outcome::bad_type;
  if (const Outcome type = type_of(cut(text, ":|")); type != Outcome::accepted) return type;
  Number rate;
  bool has_rate = false;
  while (take(text, "|")) {
    if (!text.starts_with('@')) {
      const std::string_view section = cut(text, "|");
      if (section.starts_with('#')) line.tags = section.substr(1);
      continue;
    }
    take(text, "@");
    const std::optional<Number> read = read_number(cut(text, ":|"));
    if (!read || read->negative) return Outcome::bad_rate;
    rate = *read;
    has_rate = true;
    if (rate.extreme)
      line.either_outcome = true;
    else if (rate.magnitude == 0 || above(rate.magnitude, kOne, rate.exact, line.either_outcome))
      return Outcome::bad_rate;
  }
  return add_values(values, rate, has_rate, line) ? Outcome::accepted : Outcome::bad_value;
}

/// Adds `a=b,c=d`, for example.
void add_tags(std::string_view text, const char* between, char mark, std::map<std::string, std::string>& tags) {
  while (!text.empty()) {
    const std::string tag(cut(text, between));
    take(text, between);
    std::string name = tag.substr(0, tag.find(mark)), value = tag.find(mark) == tag.npos ? "true" : "";
    if (value.empty()) value = tag.substr(name.size() + 1);
    value.erase(0, value.find_first_not_of('~'));
    for (char& c : name)
      if (c == ';' || c == '!' || c == '^' || c == '=') c = '_';
    std::replace(value.begin(), value.end(), ';', '_');
    if (!name.empty() && !value.empty() && name.compare(0, 12, "dd.internal.") != 0) tags[name] = value;
  }
}

}  // namespace

PlainLine parse_plainly(std::string_view text) {
  PlainLine line;
  if (text.substr(0, 3) == "_e{" || text.substr(0, 4) == "_sc|") {
    line.outcome = Outcome::unsupported;
    return line;
  }
  if (text.find(':') == text.npos) {
    line.outcome = text.find('|') == text.npos ? Outcome::bad_type : Outcome::bad_value;
    return line;
  }
  line.key = cut(text, ":");
  if (line.key.starts_with("\xEF\xBB\xBF")) line.key.remove_prefix(3);
  while (take(line.key, " \t")) {}
  while (line.key.ends_with(' ') || line.key.ends_with('\t')) line.key.remove_suffix(1);
  const bool may_hold_tags = line.key.substr(0, kMaxKeyBytes + 1).find_first_of(";,#[") != line.key.npos;
  if (line.key.empty() || (line.key.size() > kMaxKeyBytes && !may_hold_tags)) {
    line.outcome = Outcome::bad_key;
    return line;
  }
  while (take(text, ":"))
    if (line.outcome = read_sample(text, line); line.outcome != Outcome::accepted) return line;
  const Quad sum = line.millionths < 0 ? -line.millionths : line.millionths;
  if (sum > kMost - line.tolerance && sum < kMost + line.tolerance) line.either_outcome = true;
  if (sum > kMost) line.outcome = Outcome::bad_value;
  return line;
}

std::string plain_key(std::string_view text, std::string_view section, char in_name) {
  std::string name(cut(text, in_name == '\0' ? ";" : std::string{';', in_name}));
  std::map<std::string, std::string> tags;
  const char mark = text.empty() ? '\0' : text.front();
  if (mark != '\0') text.remove_prefix(1);
  if (mark == '[') {
    const std::string_view within = cut(text, "]");
    if (!take(text, "]") || text.find_first_of(";[") != text.npos) return {};
    name += text;
    text = within;
  }
  add_tags(text, mark == ';' ? ";" : ",", '=', tags);
  add_tags(section, ",", ':', tags);
  if (name.empty() || name.size() > kMaxKeyBytes || tags.size() > 32) return {};
  std::vector<std::string> sorted;
  for (const auto& [tag, value] : tags) sorted.push_back(tag + "=" + value);
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& tag : sorted) name += ";" + tag;
  return name.size() > kMaxTaggedKeyBytes ? std::string() : name;
}

}  // namespace kilometric
