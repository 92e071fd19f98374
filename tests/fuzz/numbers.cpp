// Numbers: text to amount as an obvious parser reads it, any amount to text and back.
#include <cassert>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "common/metric/amount.h"

using namespace kilometric;

namespace {

__extension__ using Wide = __int128;
constexpr Wide kTwoTo64 = Wide{1} << 64;

Wide millionths(const Amount& amount) { return Wide{amount.whole} * kMillion + amount.millionths; }

bool normal(const Amount& amount) {
  const int64_t whole = amount.whole, part = amount.millionths;
  return part > -kMillion && part < kMillion && !(whole > 0 && part < 0) && !(whole < 0 && part > 0);
}

/// Sums wrap at 2^64, so amounts that differ by as much are the same.
bool same(Wide a, Wide b) { return (a - b) % (kTwoTo64 * kMillion) == 0; }

void check_amount(const Amount& amount) {
  assert(normal(amount.normalized()));
  assert(same(millionths(amount.normalized()), millionths(amount)));
  assert(amount.zero() == (amount.normalized() == Amount{}));
  const std::string text = to_text(amount);
  assert(text.size() <= 28 && parse_amount(text) == amount.normalized());
}

/// Millionths, rounded at the seventh decimal; false when `text` is no number.
bool read_plainly(std::string_view text, Wide& sum) {
  size_t digits = 0, decimals = 0;
  bool negative = false, point = false, round = false;
  sum = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (at == 0 && c == '-') {
      negative = true;
    } else if (c == '.' && !point) {
      point = true;
    } else if (c < '0' || c > '9') {
      return false;
    } else if (!point) {
      ++digits;
      sum = sum * 10 + (c - '0');
      if (sum >= kTwoTo64) return false;
    } else if (++decimals <= 6) {
      sum = sum * 10 + (c - '0');
    } else if (decimals == 7) {
      round = c >= '5';
    }
  }
  for (size_t missing = decimals; missing < 6; ++missing) sum *= 10;
  if (digits == 0 || (point && decimals == 0)) return false;
  if (negative && sum / kMillion > kTwoTo64 / 2) return false;
  sum = negative ? -sum - round : sum + round;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Wide expected;
  const auto parsed = parse_amount(text);
  assert(parsed.has_value() == read_plainly(text, expected));
  if (parsed) {
    assert(normal(*parsed) && same(millionths(*parsed), expected));
    check_amount(*parsed);
  }
  Amount raw;
  if (size < sizeof raw) return 0;
  std::memcpy(&raw, data, sizeof raw);
  check_amount(raw);
  raw.millionths %= 2 * kMillion;
  check_amount(raw);
  return 0;
}
