#include "ingestd/parse/line_reader.h"

#include <optional>

#include "ingestd/parse/decimal.h"

namespace kilometric {
namespace {

/// `123`, `12.3`: digits, few enough for all kinds to hold them exactly.
struct PlainNumber {
  uint64_t digits = 0;
  int places = 0;
};

/// Moves `p` behind it. nullopt when there are too many digits, or none.
std::optional<PlainNumber> read_number(const char*& p, const char* end) {
  constexpr ptrdiff_t kDigits = 15;
  PlainNumber number;
  const char* const first = p;
  const char* point = nullptr;
  for (; p != end; ++p) {
    if (*p >= '0' && *p <= '9')
      number.digits = number.digits * 10 + static_cast<uint64_t>(*p - '0');
    else if (*p == '.' && !point)
      point = p;
    else
      break;
  }
  const ptrdiff_t digits = p - first - (point ? 1 : 0);
  if (digits < 1 || digits > kDigits) return std::nullopt;
  if (point) number.places = static_cast<int>(p - point - 1);
  return number.places <= Fixed::kPlaces ? std::optional(number) : std::nullopt;
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

/// What Decimal would say of it.
void fill(const PlainNumber& number, Line& line) {
  line.amount = {1, 0};
  line.exact = {Wide{kPowersOfTen[Fixed::kPlaces - number.places]} * static_cast<int64_t>(number.digits)};
  line.bits = 0;
  if (line.kind != Kind::timer) return;
  line.bits = kWholeWeight;
  line.number = static_cast<double>(number.digits) / static_cast<double>(kPowersOfTen[number.places]);
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
  const std::optional<PlainNumber> number = read_number(p, end);
  const bool is_number = number && p != end && *p == '|';
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
    fill(*number, line);
  }
  return behind_line_end(p, end);
}

}  // namespace kilometric
