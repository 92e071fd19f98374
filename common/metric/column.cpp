#include "common/metric/column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>
#include <vector>

#include "common/varint.h"

namespace kilometric {
namespace {

UnsignedWide distance(Wide from, Wide to) {
  return static_cast<UnsignedWide>(to) - static_cast<UnsignedWide>(from);
}

unsigned digits_of(UnsignedWide number) {
  const auto high = static_cast<uint64_t>(number >> 64);
  return static_cast<unsigned>(high != 0 ? 64 + std::bit_width(high)
                                         : std::bit_width(static_cast<uint64_t>(number)));
}

/// Numbers below 2^64 are divided an order of magnitude faster.
UnsignedWide rest_of(UnsignedWide number, UnsignedWide divisor) {
  if ((number | divisor) >> 64 == 0) return static_cast<uint64_t>(number) % static_cast<uint64_t>(divisor);
  return number % divisor;
}

UnsignedWide divide(UnsignedWide number, UnsignedWide divisor) {
  if ((number | divisor) >> 64 == 0) return static_cast<uint64_t>(number) / static_cast<uint64_t>(divisor);
  return number / divisor;
}

UnsignedWide common_divisor(UnsignedWide one, UnsignedWide other) {
  while (other != 0) one = std::exchange(other, rest_of(one, other));
  return one;
}

void put(std::string& to, Wide number) {
  std::array<std::byte, kMostFixedBytes> bytes;
  const std::byte* const end = put_fixed(bytes.data(), {number});
  to.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.data()));
}

/// Reads with `get` a T at the beginning of `bytes`, which then begin behind it.
template <class T, class Get>
bool take(std::string_view& bytes, T& value, Get get) {
  const auto* const begin = reinterpret_cast<const std::byte*>(bytes.data());
  const std::byte* const end = get(begin, begin + bytes.size(), value);
  if (end == nullptr) return false;
  bytes.remove_prefix(static_cast<size_t>(end - begin));
  return true;
}

bool take_number(std::string_view& bytes, Wide& number) {
  Fixed fixed;
  const bool taken = take(bytes, fixed, get_fixed);
  number = fixed.units;
  return taken;
}

bool take_byte(std::string_view& bytes, unsigned& byte) {
  if (bytes.empty()) return false;
  byte = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  return true;
}

/// What the numbers of a plain column have in common, and its shortest form. Requires that they outlive it.
class Plan {
 public:
  explicit Plan(std::span<const Wide> numbers) : numbers_(numbers), base_(*std::ranges::min_element(numbers)) {
    UnsignedWide most = 0, sum = 0;
    for (const Wide number : numbers) {
      const UnsignedWide above = distance(base_, number);
      most = std::max(most, above);
      sum += above;
      if (unit_ != 1 && (unit_ == 0 || rest_of(above, unit_) != 0)) unit_ = common_divisor(above, unit_);
    }
    if (unit_ == 0) return;
    form_ = ColumnForm::framed;
    width_ = digits_of(units(most));
    bytes_ = (numbers.size() * width_ + 7) / 8;
    if (width_ < 64) try_codes(digits_of(divide(sum / numbers.size(), unit_)));
  }

  bool is_equal() const { return form_ == ColumnForm::equal; }
  size_t bytes() const { return kHeadBytes + bytes_; }

  void put_to(std::string& to) const {
    to += static_cast<char>(form_);
    put(to, base_);
    if (form_ == ColumnForm::equal) return;
    put(to, static_cast<Wide>(unit_));
    to += static_cast<char>(width_);
    if (form_ == ColumnForm::coded) put_size(to, bytes_);
    BitWriter writer;
    for (const Wide number : numbers_)
      form_ == ColumnForm::coded ? writer.golomb(narrow_units(number), width_)
                                 : put_bits(writer, units_of(number));
    to += writer.take();
  }

 private:
  static constexpr size_t kHeadBytes = 4;  ///< about

  UnsignedWide units(UnsignedWide above) const { return unit_ == 1 ? above : divide(above, unit_); }
  UnsignedWide units_of(Wide number) const { return units(distance(base_, number)); }
  uint64_t narrow_units(Wide number) const { return static_cast<uint64_t>(units_of(number)); }

  void put_bits(BitWriter& writer, UnsignedWide units) const {
    if (width_ > 64) writer.bits(static_cast<uint64_t>(units >> 64), width_ - 64);
    writer.bits(static_cast<uint64_t>(units), std::min(width_, 64U));
  }

  /// `digits`: of the mean. The best parameter is hardly ever further from it than these.
  void try_codes(unsigned digits) {
    for (unsigned k = digits < 3 ? 0 : digits - 3; k <= digits; ++k) {
      size_t bits = 0;
      for (const Wide number : numbers_) bits += golomb_bits(narrow_units(number), k);
      const size_t bytes = (bits + 7) / 8;
      if (bytes + 2 >= bytes_) continue;  // their size takes up to 3 bytes
      form_ = ColumnForm::coded;
      width_ = k;
      bytes_ = bytes;
    }
  }

  std::span<const Wide> numbers_;
  Wide base_;
  UnsignedWide unit_ = 0;  ///< 0: the numbers are equal
  ColumnForm form_ = ColumnForm::equal;
  unsigned width_ = 0;  ///< of the bits; the parameter of codes
  size_t bytes_ = 0;    ///< of bits, or codes
};

std::vector<Wide> steps_of(std::span<const Wide> numbers) {
  std::vector<Wide> steps;
  steps.reserve(numbers.size() - 1);
  for (size_t i = 1; i < numbers.size(); ++i)
    steps.push_back(static_cast<Wide>(distance(numbers[i - 1], numbers[i])));
  return steps;
}

struct Runs {
  std::vector<Wide> numbers, repeats;

  explicit Runs(std::span<const Wide> all) {
    for (const Wide number : all) {
      if (!numbers.empty() && numbers.back() == number) {
        ++repeats.back();
        continue;
      }
      numbers.push_back(number);
      repeats.push_back(0);
    }
  }
};

void put_steps(std::string& to, Wide first, const Plan& steps) {
  to += static_cast<char>(ColumnForm::steps);
  put(to, first);
  steps.put_to(to);
}

void put_runs(std::string& to, size_t count, const Plan& numbers, const Plan& repeats) {
  to += static_cast<char>(ColumnForm::runs);
  put_size(to, count);
  numbers.put_to(to);
  repeats.put_to(to);
}

}  // namespace

void put_size(std::string& to, uint64_t size) {
  std::array<std::byte, kMostVarintBytes> bytes;
  const std::byte* const end = put_varint(bytes.data(), size);
  to.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.data()));
}

bool take_size(std::string_view& bytes, uint64_t& size) { return take(bytes, size, get_varint); }

void put_column(std::string& to, std::span<const Wide> numbers) {
  const Plan plain(numbers);
  const std::vector<Wide> differences = steps_of(numbers);
  if (plain.is_equal() || differences.empty()) return plain.put_to(to);
  const Plan steps(differences);
  const Runs runs(numbers);
  const Plan run_numbers(runs.numbers), run_repeats(runs.repeats);
  const size_t best = std::min({plain.bytes(), steps.bytes(), run_numbers.bytes() + run_repeats.bytes()});
  if (plain.bytes() == best) return plain.put_to(to);
  if (steps.bytes() == best) return put_steps(to, numbers.front(), steps);
  put_runs(to, runs.numbers.size(), run_numbers, run_repeats);
}

bool PlainColumn::open(std::string_view& bytes, size_t count) {
  unsigned form = 0;
  if (!take_byte(bytes, form) || form > static_cast<unsigned>(ColumnForm::coded)) return false;
  form_ = static_cast<ColumnForm>(form);
  if (!take_number(bytes, base_)) return false;
  return form_ == ColumnForm::equal || open_bits(bytes, count);
}

bool PlainColumn::open_bits(std::string_view& bytes, size_t count) {
  const bool coded = form_ == ColumnForm::coded;
  if (!take_number(bytes, unit_) || !take_byte(bytes, width_) || width_ > (coded ? 63U : 128U)) return false;
  uint64_t size = (count * width_ + 7) / 8;
  if ((coded && !take_size(bytes, size)) || size > bytes.size()) return false;
  bits_ = BitReader(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return true;
}

bool Column::open(std::string_view& bytes, size_t count) {
  if (bytes.empty()) return false;
  form_ = static_cast<ColumnForm>(bytes.front());
  if (form_ != ColumnForm::steps && form_ != ColumnForm::runs) return numbers_.open(bytes, count);
  bytes.remove_prefix(1);
  return form_ == ColumnForm::steps ? open_steps(bytes, count) : open_runs(bytes, count);
}

bool Column::open_steps(std::string_view& bytes, size_t count) {
  return take_number(bytes, last_) && count > 1 && numbers_.open(bytes, count - 1);
}

/// How often numbers stand there must add up to `count`.
bool Column::open_runs(std::string_view& bytes, size_t count) {
  uint64_t runs = 0;
  if (!take_size(bytes, runs) || runs == 0 || runs > count) return false;
  if (!numbers_.open(bytes, runs) || !repeats_.open(bytes, runs)) return false;
  PlainColumn repeats = repeats_;
  size_t left = count;
  for (uint64_t run = 0; run < runs; ++run) {
    const Wide more = repeats.next();
    if (more < 0 || more >= static_cast<Wide>(left)) return false;
    left -= static_cast<size_t>(more) + 1;
  }
  return left == 0;
}

}  // namespace kilometric
