#include "ingestd/parse/line_reader.h"

#include <optional>

#include "common/metric/bin.h"
#include "ingestd/parse/decimal.h"

namespace kilometric {
namespace {

/// `123`, `12.3`: digits, few enough for all kinds to hold them exactly.
struct PlainNumber {
  uint64_t digits = 0;
  ptrdiff_t places = 0;
};

/// Appends the digits at `p` to `number`, and moves it behind them. Returns how many they are.
ptrdiff_t read_digits(const char*& p, const char* end, uint64_t& number) {
  const char* const first = p;
  for (unsigned digit; p != end && (digit = static_cast<unsigned char>(*p) - '0') <= 9; ++p)
    number = number * 10 + digit;
  return p - first;
}

/// Moves `p` behind it. False when it has too many digits, or none.
bool read_number(const char*& p, const char* end, PlainNumber& number) {
  constexpr ptrdiff_t kDigits = 15;
  ptrdiff_t digits = read_digits(p, end, number.digits);
  if (p != end && *p == '.') {
    number.places = read_digits(++p, end, number.digits);
    digits += number.places;
  }
  return digits >= 1 && digits <= kDigits && number.places <= Fixed::kPlaces;
}

/// The type at `p`; moves it behind. Counters are none of ours.
std::optional<Kind> read_type(const char*& p, const char* end) {
  if (p == end) return std::nullopt;
  switch (*p++) {
    case 'g':
      return Kind::gauge;
    case 'h':
    case 'd':
      return Kind::timer;
    case 's':
      return Kind::set;
    case 'm':
      if (p == end || *p != 's') return std::nullopt;
      ++p;
      return Kind::timer;
    default:
      return std::nullopt;
  }
}

/// What a SampleReader would say of it.
void fill(const PlainNumber& number, Line& line) {
  line.amount = {1, 0};
  line.exact = {Wide{kPowersOfTen[Fixed::kPlaces - number.places]} * static_cast<int64_t>(number.digits)};
  line.bits = 0;
  if (line.kind != Kind::timer) return;
  line.bits = kWholeWeight;
  line.number = static_cast<double>(number.digits) / static_cast<double>(kPowersOfTen[number.places]);
  line.bin = bin_of(line.number);
}

}  // namespace

bool LineReader::read_any(Line& line) noexcept {
  size_t at = this->at();
  const std::string_view raw = next_line({begin_, static_cast<size_t>(end_ - begin_)}, at);
  next_ = begin_ + at;
  if (raw.empty()) return false;
  line = parse_line(raw);
  if (line.several) several_ = raw;
  return true;
}

const char* LineReader::read_plain_sample(const char* colon, const char* end, Line& line) noexcept {
  if (*colon != ':') return nullptr;
  const char* p = colon + 1;
  const char* const value = p;
  PlainNumber number;
  const bool is_number = read_number(p, end, number) && p != end && *p == '|';
  while (p != end && *p != '|' && *p != '\n') ++p;
  const std::string_view text(value, static_cast<size_t>(p - value));
  if (p == end || *p++ != '|') return nullptr;
  const std::optional<Kind> kind = read_type(p, end);
  if (!kind) return nullptr;
  line.kind = *kind;
  if (*kind == Kind::set) {
    if (parse_value(*kind, text, line) != Outcome::accepted) return nullptr;
  } else {
    if (!is_number) return nullptr;
    fill(number, line);
  }
  return behind_line_end(p, end);
}

}  // namespace kilometric
