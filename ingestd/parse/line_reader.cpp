#include "ingestd/parse/line_reader.h"

#include "common/metric/bin.h"
#include "common/metric/member_token.h"
#include "ingestd/parse/decimal.h"

namespace kilometric {
namespace {

/// `12.3` is 123 with one place: few enough digits for all kinds to hold them exactly.
struct PlainNumber {
  int64_t digits;
  ptrdiff_t places;
};

/// The type at `p`; moves it behind. Counters are none of ours.
bool read_type(const char*& p, const char* end, Kind& kind) {
  const char type = p == end ? '\0' : *p++;
  switch (type) {
    case 'g':
      kind = Kind::gauge;
      return true;
    case 's':
      kind = Kind::set;
      return true;
    case 'm':
      if (p == end || *p++ != 's') return false;
      [[fallthrough]];
    case 'h':
    case 'd':
      kind = Kind::timer;
      return true;
    default:
      return false;
  }
}

/// What a SampleReader would say of it.
bool fill(const PlainNumber& number, Line& line) {
  line.amount = {1, 0};
  line.exact = {Wide{kPowersOfTen[Fixed::kPlaces - number.places]} * number.digits};
  line.bits = 0;
  line.number = 0;
  if (line.kind != Kind::timer) return true;
  line.bits = kWholeWeight;
  line.number = static_cast<double>(number.digits) / static_cast<double>(kPowersOfTen[number.places]);
  line.bin = bin_of(line.number);
  return true;
}

/// The same of a set's member.
bool fill(std::string_view member, Line& line) {
  if (member.empty() || member.size() > kMaxMemberBytes) return false;
  line.amount = {1, 0};
  line.bits = token_of(member);
  return true;
}

}  // namespace

LineReader::Read LineReader::read_any(Line& line) noexcept {
  size_t at = this->at();
  const std::string_view raw = next_line({begin_, static_cast<size_t>(end_ - begin_)}, at);
  next_ = begin_ + at;
  if (raw.empty()) return kNothing;
  line = parse_line(raw, tags_);
  if (line.outcome != Outcome::accepted) return kPlain;
  if (line.several) several_ = raw;
  return line.several || tags_.data() != nullptr ? kSpecial : kPlain;
}

/// Of a plain sample: tags, the container that it came from, or anything.
[[gnu::noinline]] LineReader::Read LineReader::read_sections(Line& line, const char* type_end) noexcept {
  const char* p = type_end;
  tags_ = {};
  while (end_ - p >= 2 && p[0] == '|' && (p[1] == '#' || p[1] == 'c' || p[1] == 'e')) {
    const char* const section = p + 2;
    p = find<'|'>(section, end_);
    if (section[-1] == '#') tags_ = {section, static_cast<size_t>(p - section)};
  }
  const char* const behind = behind_line_end(p, end_);
  if (!behind) return read_any(line);
  next_ = behind;
  return kSpecial;
}

const char* LineReader::read_plain_sample(const char* colon, const char* p, uint64_t digits, const char* end,
                                          Line& line) noexcept {
  if (*colon != ':') return nullptr;
  const char* const value = colon + 1;
  ptrdiff_t places = 0, count = p - value;
  if (p != end && *p == '.') {
    const char* const first = p + 1;
    p = read_digits(first, end, digits);
    places = p - first;
    count += places;
  }
  const bool is_number =
      p != end && *p == '|' && count >= 1 && count <= kMostDigits && places <= Fixed::kPlaces;
  const PlainNumber number{static_cast<int64_t>(digits), places};
  if (!is_number) p = find<'|'>(p, end);
  const std::string_view text(value, static_cast<size_t>(p - value));
  if (p == end || *p++ != '|' || !read_type(p, end, line.kind)) return nullptr;
  const bool filled = line.kind == Kind::set ? fill(text, line) : is_number && fill(number, line);
  return filled ? p : nullptr;
}

}  // namespace kilometric
