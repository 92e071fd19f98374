#include "common/metric/column.h"

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <numeric>
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

/// What the numbers of a plain column have in common, and its shortest form. Requires at least one number.
class Plan {
 public:
  explicit Plan(std::span<const Wide> numbers) {
    const auto [least, most] = std::ranges::minmax(numbers);
    base_ = least;
    width_ = digits_of(distance(least, most));
    if (width_ == 0) return;
    form_ = ColumnForm::framed;
    unit_ = 1;
    if (width_ <= 64)
      find_units(numbers);
    else
      wide_.assign(numbers.begin(), numbers.end());
    bytes_ = (numbers.size() * width_ + 7) / 8;
    if (width_ < 64) try_codes();
  }

  size_t bytes() const { return kHeadBytes + bytes_; }

  void put_to(std::string& to) const {
    to += static_cast<char>(form_);
    put(to, base_);
    if (form_ == ColumnForm::equal) return;
    put(to, Wide{unit_});
    to += static_cast<char>(width_);
    if (form_ == ColumnForm::coded) put_size(to, bytes_);
    BitWriter writer;
    for (const uint64_t units : units_)
      form_ == ColumnForm::coded ? writer.golomb(units, width_) : writer.bits(units, width_);
    for (const Wide number : wide_) {
      writer.bits(static_cast<uint64_t>(distance(base_, number) >> 64), width_ - 64);
      writer.bits(static_cast<uint64_t>(distance(base_, number)), 64);
    }
    to += writer.take();
  }

 private:
  static constexpr size_t kHeadBytes = 4;  ///< about

  /// Not all are equal.
  void find_units(std::span<const Wide> numbers) {
    units_.reserve(numbers.size());
    unit_ = 0;
    for (const Wide number : numbers) {
      units_.push_back(static_cast<uint64_t>(distance(base_, number)));
      if (unit_ != 1) unit_ = std::gcd(unit_, units_.back());
    }
    if (unit_ == 1) return;
    for (uint64_t& units : units_) units /= unit_;
    width_ = digits_of(*std::ranges::max_element(units_));
  }

  /// Codes take about two bits more than the digits of a number, when the parameter is near the mean of these.
  void try_codes() {
    size_t digits = 0;
    for (const uint64_t units : units_) digits += static_cast<size_t>(std::bit_width(units));
    const auto mean = static_cast<unsigned>(digits / units_.size());
    if (mean + 2 > width_) return;
    for (unsigned k = mean < 2 ? 0 : mean - 1; k <= mean; ++k) try_codes(k);
  }

  void try_codes(unsigned parameter) {
    size_t bits = 0;
    for (const uint64_t units : units_) bits += golomb_bits(units, parameter);
    const size_t bytes = (bits + 7) / 8;
    if (bytes + 2 >= bytes_) return;  // their size takes up to 3 bytes
    form_ = ColumnForm::coded;
    width_ = parameter;
    bytes_ = bytes;
  }

  ColumnForm form_ = ColumnForm::equal;
  Wide base_ = 0;
  uint64_t unit_ = 0;
  unsigned width_ = 0;           ///< of the bits; the parameter of codes
  size_t bytes_ = 0;             ///< of bits, or codes
  std::vector<uint64_t> units_;  ///< of each number
  std::vector<Wide> wide_;       ///< the numbers, where their units have more than 64 bits
};

bool are_equal(std::span<const Wide> numbers) {
  return std::ranges::adjacent_find(numbers, std::ranges::not_equal_to()) == numbers.end();
}

std::vector<Wide> distances_of(std::span<const Wide> numbers) {
  std::vector<Wide> distances;
  distances.reserve(numbers.size() - 1);
  for (size_t i = 1; i < numbers.size(); ++i)
    distances.push_back(static_cast<Wide>(distance(numbers[i - 1], numbers[i])));
  return distances;
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

/// Each run is about as long as two numbers.
bool has_runs(std::span<const Wide> numbers) {
  size_t equal = 0;
  for (size_t i = 1; i < numbers.size(); ++i) equal += numbers[i - 1] == numbers[i];
  return equal > numbers.size() / 2;
}

void put_steps(std::string& to, Wide first, const Plan& steps) {
  to += static_cast<char>(ColumnForm::steps);
  put(to, first);
  steps.put_to(to);
}

/// When that is shorter than `most` bytes.
bool put_runs(std::string& to, std::span<const Wide> numbers, size_t most) {
  const Runs runs(numbers);
  const Plan run_numbers(runs.numbers), repeats(runs.repeats);
  if (run_numbers.bytes() + repeats.bytes() >= most) return false;
  to += static_cast<char>(ColumnForm::runs);
  put_size(to, runs.numbers.size());
  run_numbers.put_to(to);
  repeats.put_to(to);
  return true;
}

}  // namespace

void put_size(std::string& to, uint64_t size) {
  std::array<std::byte, kMostVarintBytes> bytes;
  const std::byte* const end = put_varint(bytes.data(), size);
  to.append(reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(end - bytes.data()));
}

bool take_size(std::string_view& bytes, uint64_t& size) { return take(bytes, size, get_varint); }

void put_column(std::string& to, std::span<const Wide> numbers) {
  if (are_equal(numbers)) return Plan(numbers.first(1)).put_to(to);
  const std::vector<Wide> distances = distances_of(numbers);
  const bool are_regular = are_equal(distances);
  const Plan steps(are_regular ? std::span(distances).first(1) : std::span(distances));
  if (are_regular) return put_steps(to, numbers.front(), steps);
  const Plan plain(numbers);
  if (has_runs(numbers) && put_runs(to, numbers, std::min(plain.bytes(), steps.bytes()))) return;
  plain.bytes() <= steps.bytes() ? plain.put_to(to) : put_steps(to, numbers.front(), steps);
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
  if (width_ == 0 && !coded) form_ = ColumnForm::equal;
  return true;
}

/// `next_units` gives those of one number after the other. Nothing that the loop uses may be in `to`, as far as
/// the compiler knows, so that it stays in registers.
template <class Units>
void PlainColumn::read_each(std::span<Wide> to, Units next_units) noexcept {
  const auto base = static_cast<UnsignedWide>(base_), unit = static_cast<UnsignedWide>(unit_);
  BitReader bits = bits_;
  if (unit_ == 1)
    for (Wide& number : to) number = static_cast<Wide>(base + next_units(bits));
  else
    for (Wide& number : to) number = static_cast<Wide>(base + unit * next_units(bits));
  bits_ = bits;
}

uint64_t PlainColumn::next_code(BitReader& bits) noexcept {
  uint64_t units = 0;
  if (!bits.golomb(width_, units)) sound_ = false;
  return units;
}

void PlainColumn::read(std::span<Wide> to) noexcept {
  const unsigned width = width_;
  if (form_ == ColumnForm::equal) return std::ranges::fill(to, base_), void();
  if (form_ == ColumnForm::coded) {
    read_each(to, [this](BitReader& bits) { return next_code(bits); });
  } else if (width <= BitReader::kShort) {
    read_each(to, [=](BitReader& bits) { return bits.take_short(width); });
  } else if (width <= 64) {
    read_each(to, [=](BitReader& bits) { return bits.take(width); });
  } else {
    read_each(to, [=](BitReader& bits) {
      const UnsignedWide high = bits.take(width - 64);
      return high << 64 | bits.take(64);
    });
  }
}

template <class Units>
uint64_t PlainColumn::sum_each(size_t count, Units next_units) noexcept {
  BitReader bits = bits_;
  uint64_t units = 0;
  for (size_t i = 0; i < count; ++i) units += next_units(bits);
  bits_ = bits;
  return static_cast<uint64_t>(base_) * count + static_cast<uint64_t>(unit_) * units;
}

uint64_t PlainColumn::sum(size_t count) noexcept {
  const unsigned width = width_;
  if (form_ == ColumnForm::equal) return static_cast<uint64_t>(base_) * count;
  if (form_ == ColumnForm::coded) return sum_each(count, [this](BitReader& bits) { return next_code(bits); });
  if (width <= BitReader::kShort)
    return sum_each(count, [width](BitReader& bits) { return bits.take_short(width); });
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint64_t>(next());
  return sum;
}

bool Column::open(std::string_view& bytes, size_t count) {
  if (bytes.empty()) return false;
  left_ = count;
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

uint64_t Column::sum(size_t count) noexcept {
  if (form_ != ColumnForm::steps && form_ != ColumnForm::runs) return numbers_.sum(count);
  uint64_t sum = 0;
  for (size_t i = 0; i < count; ++i) sum += static_cast<uint64_t>(next());
  return sum;
}

void Column::read_block() noexcept {
  const std::span<Wide> to(block_.data(), std::min(kBlock, left_));
  left_ -= to.size();
  at_ = 0;
  end_ = to.size();
  if (form_ == ColumnForm::steps) return read_steps(to);
  form_ == ColumnForm::runs ? read_runs(to) : numbers_.read(to);
}

void Column::read_steps(std::span<Wide> to) noexcept {
  if (std::exchange(first_, false)) {
    to.front() = last_;
    to = to.subspan(1);
  }
  numbers_.read(to);
  auto last = static_cast<UnsignedWide>(last_);
  for (Wide& number : to) number = static_cast<Wide>(last += static_cast<UnsignedWide>(number));
  last_ = static_cast<Wide>(last);
}

void Column::read_runs(std::span<Wide> to) noexcept {
  for (Wide& number : to) {
    if (repeats_left_ == 0) {
      last_ = numbers_.next();
      repeats_left_ = repeats_.next() + 1;
    }
    --repeats_left_;
    number = last_;
  }
}

}  // namespace kilometric
