#include "ingestd/parse/statsd.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "common/metric/key.h"

namespace kilometric {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// mantissa * 10^exponent, as written; digits beyond the nineteenth are dropped.
struct Decimal {
  uint64_t mantissa = 0;
  int exponent = 0;
  bool negative = false;
};

/// Reads digits into `decimal`; `step` is what each one does to the exponent: 0 before the point,
/// -1 behind it. Returns how many there were.
size_t read_digits(const char*& p, const char* end, int step, Decimal& decimal) {
  const char* const first = p;
  constexpr uint64_t kRoom = 999'999'999'999'999'999;  // one more digit still fits 64 bits
  for (; p != end && is_digit(*p); ++p) {
    if (decimal.mantissa <= kRoom) {
      decimal.mantissa = decimal.mantissa * 10 + static_cast<uint64_t>(*p - '0');
      decimal.exponent += step;
    } else {
      decimal.exponent += step + 1;
    }
  }
  return static_cast<size_t>(p - first);
}

/// `e12`, `E-3`; false when no digit follows. Nothing in range needs more than four digits.
bool read_exponent(const char*& p, const char* end, Decimal& decimal) {
  ++p;
  const bool negative = p != end && *p == '-';
  if (p != end && (*p == '-' || *p == '+')) ++p;
  int exponent = 0;
  const char* const first = p;
  for (; p != end && is_digit(*p); ++p)
    if (exponent < 10'000) exponent = exponent * 10 + (*p - '0');
  decimal.exponent += negative ? -exponent : exponent;
  return p != first;
}

std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal decimal;
  const char* p = text.data();
  const char* const end = p + text.size();
  if (p != end && (*p == '-' || *p == '+')) decimal.negative = *p++ == '-';
  size_t digits = read_digits(p, end, 0, decimal);
  if (p != end && *p == '.') digits += read_digits(++p, end, -1, decimal);
  if (digits == 0) return std::nullopt;
  if (p != end && (*p == 'e' || *p == 'E') && !read_exponent(p, end, decimal)) return std::nullopt;
  if (p != end) return std::nullopt;
  return decimal;
}

/// Divides by a power of ten rather than multiply by its inverse: the power is exact up to 10^27, the
/// inverse never, and 1.00 must be 1.
long double magnitude(const Decimal& decimal) {
  const auto mantissa = static_cast<long double>(decimal.mantissa);
  const long double power = std::pow(10.0L, static_cast<long double>(std::abs(decimal.exponent)));
  return decimal.exponent < 0 ? mantissa / power : mantissa * power;
}

/// Without a rate a decimal of up to six places is taken over exactly.
std::optional<Amount> exact_amount(const Decimal& decimal) {
  static constexpr int64_t kPowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};
  if (decimal.exponent > 0 || decimal.exponent < -6) return std::nullopt;
  const auto power = static_cast<uint64_t>(kPowers[-decimal.exponent]);
  const uint64_t whole = decimal.mantissa / power;
  const uint64_t rest = decimal.mantissa % power;
  if (whole > static_cast<uint64_t>(kMaxValue) || (whole == static_cast<uint64_t>(kMaxValue) && rest))
    return std::nullopt;
  const Amount amount{static_cast<int64_t>(whole),
                      static_cast<int64_t>(rest) * (kMillion / static_cast<int64_t>(power))};
  return decimal.negative ? Amount{-amount.whole, -amount.millionths} : amount;
}

/// value / rate, rounded to millionths; nullopt when it is beyond 2^53. A long double has 64 bits of
/// mantissa on x86 and more elsewhere: whole results are exact, and so is 1/0.1.
std::optional<Amount> scaled_amount(const Decimal& value, long double rate) {
  if (value.mantissa == 0) return Amount{};
  const long double size = magnitude(value);
  if (!(size <= static_cast<long double>(kMaxValue))) return std::nullopt;
  const long double scaled = size / rate;
  if (!(scaled <= static_cast<long double>(kMaxValue))) return std::nullopt;
  auto whole = static_cast<int64_t>(scaled);
  auto millionths = static_cast<int64_t>(
      std::llround((scaled - static_cast<long double>(whole)) * static_cast<long double>(kMillion)));
  if (millionths == kMillion) ++whole, millionths = 0;
  return value.negative ? Amount{-whole, -millionths} : Amount{whole, millionths};
}

/// What a rate makes of the values before it; 1 when there is none. nullopt for a bad rate.
std::optional<long double> parse_rate(std::string_view text) {
  const std::optional<Decimal> decimal = parse_decimal(text);
  if (!decimal || decimal->negative) return std::nullopt;
  const long double rate = magnitude(*decimal);
  if (!(rate > 0.0L && rate <= 1.0L)) return std::nullopt;
  return rate;
}

/// The sum of a line's samples. Its whole part holds whatever fits a line, so that only the end counts: what
/// goes beyond 2^53 and comes back is good.
class Sum {
 public:
  void add(const Amount& amount) {
    whole_ += amount.whole;
    millionths_ += amount.millionths;
  }

  /// nullopt when it is beyond 2^53.
  std::optional<Amount> amount() const {
    constexpr Wide kMost = Wide{kMaxValue} * kMillion;
    const Wide total = whole_ * kMillion + millionths_;
    if (total > kMost || total < -kMost) return std::nullopt;
    return Amount{static_cast<int64_t>(whole_), millionths_};
  }

 private:
  __extension__ using Wide = __int128;

  Wide whole_ = 0;
  int64_t millionths_ = 0;  // below 10^6 for each sample
};

/// Adds `1:2:3` to `sum`, each scaled by the rate. False when one of them is no value.
bool add_values(std::string_view text, std::optional<long double> rate, Sum& sum) {
  for (;;) {
    const size_t colon = text.find(':');
    const std::optional<Decimal> value = parse_decimal(text.substr(0, colon));
    if (!value) return false;
    std::optional<Amount> amount;
    if (!rate) amount = exact_amount(*value);
    if (!amount) amount = scaled_amount(*value, rate.value_or(1.0L));
    if (!amount) return false;
    sum.add(*amount);
    if (colon == std::string_view::npos) return true;
    text.remove_prefix(colon + 1);
  }
}

Outcome type_outcome(std::string_view type) {
  if (type == "c") return Outcome::accepted;
  for (const std::string_view known : {"g", "ms", "h", "d", "s"})
    if (type == known) return Outcome::unsupported;
  return Outcome::bad_type;
}

/// One sample: `values|type` and its sections. Cuts it off `rest`, together with the colon that
/// begins another sample. A colon does that behind the type and behind a rate; elsewhere it belongs
/// to the section (`|#tag:a`).
Outcome parse_sample(std::string_view& rest, Sum& sum) {
  const size_t bar = rest.find('|');
  if (bar == std::string_view::npos) return Outcome::bad_type;
  const std::string_view values = rest.substr(0, bar);
  rest.remove_prefix(bar + 1);

  const size_t type_end = std::min(rest.find_first_of(":|"), rest.size());
  const Outcome type = type_outcome(rest.substr(0, type_end));
  if (type != Outcome::accepted) return type;
  rest.remove_prefix(type_end);

  std::optional<long double> rate;
  while (!rest.empty() && rest.front() == '|') {
    rest.remove_prefix(1);
    const bool is_rate = !rest.empty() && rest.front() == '@';
    const size_t end = std::min(rest.find_first_of(is_rate ? ":|" : "|"), rest.size());
    if (is_rate && !(rate = parse_rate(rest.substr(1, end - 1)))) return Outcome::bad_rate;
    rest.remove_prefix(end);
  }

  return add_values(values, rate, sum) ? Outcome::accepted : Outcome::bad_value;
}

/// A key without what editors leave around it: blanks, and before it a U+FEFF.
std::string_view bare_key(std::string_view key) {
  constexpr std::string_view kBlanks = " \t";
  if (key.starts_with(kByteOrderMark)) key.remove_prefix(kByteOrderMark.size());
  key.remove_prefix(std::min(key.find_first_not_of(kBlanks), key.size()));
  return key.substr(0, key.find_last_not_of(kBlanks) + 1);
}

}  // namespace

Line parse_line(std::string_view line) noexcept {
  Line result{{}, {}, Outcome::accepted};
  const void* const found = std::memchr(line.data(), ':', line.size());
  if (!found) {
    result.outcome = line.find('|') == std::string_view::npos ? Outcome::bad_type : Outcome::bad_value;
    return result;
  }
  const char* const colon = static_cast<const char*>(found);
  const char* const end = line.data() + line.size();
  result.key = bare_key(line.substr(0, static_cast<size_t>(colon - line.data())));
  if (result.key.empty() || result.key.size() > kMaxKeyBytes) {
    result.outcome = Outcome::bad_key;
    return result;
  }

  std::string_view rest(colon + 1, static_cast<size_t>(end - colon - 1));
  Sum sum;
  result.outcome = parse_sample(rest, sum);
  while (result.outcome == Outcome::accepted && !rest.empty()) {
    rest.remove_prefix(1);  // the colon before the next sample
    result.outcome = parse_sample(rest, sum);
  }
  if (result.outcome != Outcome::accepted) return result;
  if (const std::optional<Amount> amount = sum.amount())
    result.amount = *amount;
  else
    result.outcome = Outcome::bad_value;
  return result;
}

std::string_view next_line(std::string_view text, size_t& at) noexcept {
  const char* const first = text.data() + at;
  const size_t left = text.size() - at;
  const void* const found = std::memchr(first, '\n', left);
  size_t length = left;
  if (found) {
    length = static_cast<size_t>(static_cast<const char*>(found) - first);
    at += length + 1;
  } else {
    at = text.size();
  }
  if (length > 0 && first[length - 1] == '\r') --length;
  return {first, length};
}

}  // namespace kilometric
