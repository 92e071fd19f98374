#include "common/metric/set_code.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "common/metric/bits.h"

namespace kilometric {
namespace {

// The first byte. Other numbers are for what is to come, such as registers of another number.
enum class Form : uint8_t { tokens = 0, few_registers = 1, registers = 2 };

/// With more of them above 0, a code for each is shorter.
constexpr size_t kMostFew = 2'240;

bool reads(BitReader& reader, Form form) { return reader.bits(8) == static_cast<uint64_t>(form); }

// Places in ascending order, each with a rank of 1 or more, as tokens are: place and rank in one number.

struct Row {
  unsigned place_bits, count_bits;
  unsigned least_gap;  ///< 0: several of one place may follow each other, with ascending ranks
  size_t most;
  unsigned most_rank;
};

constexpr Row kTokens{kTokenPlaceBits, 9, 0, 511, kMostTokenRank};
constexpr Row kFew{HyperLogLog::kPlaceBits, 12, 1, kMostFew, HyperLogLog::kMostRank};

/// Gaps are about as long as 2^place_bits is larger than the count.
unsigned gap_parameter(const Row& row, size_t count) {
  const auto digits = static_cast<unsigned>(std::bit_width(count));
  return row.place_bits - std::min(row.place_bits, digits);
}

void write(BitWriter& writer, const Row& row, const std::vector<uint32_t>& ranked) {
  writer.bits(ranked.size(), row.count_bits);
  const unsigned k = gap_parameter(row, ranked.size());
  uint32_t least = 0;
  for (const uint32_t one : ranked) {
    const uint32_t place = one >> kTokenRankBits;
    writer.golomb(place - least, k);
    writer.golomb(one % (1U << kTokenRankBits) - 1, 0);
    least = place + row.least_gap;
  }
}

std::optional<std::vector<uint32_t>> read(BitReader& reader, const Row& row) {
  const std::optional<uint64_t> count = reader.bits(row.count_bits);
  if (!count || *count > row.most) return std::nullopt;
  std::vector<uint32_t> ranked;
  ranked.reserve(*count);
  const unsigned k = gap_parameter(row, *count);
  uint64_t least = 0;
  while (ranked.size() < *count) {
    uint64_t gap = 0, rank = 0;
    if (!reader.golomb(k, gap) || !reader.golomb(0, rank)) return std::nullopt;
    const uint64_t places = uint64_t{1} << row.place_bits;
    if (least >= places || gap >= places - least || rank >= row.most_rank) return std::nullopt;
    const uint64_t place = least + gap;
    const auto one = static_cast<uint32_t>(place << kTokenRankBits | (rank + 1));
    if (!ranked.empty() && one <= ranked.back()) return std::nullopt;
    ranked.push_back(one);
    least = place + row.least_gap;
  }
  return ranked;
}

// A rank, where most registers are above 0. However many members there are, most ranks are within few of each
// other: two stand for half of the registers, and ranks above these are half as many each. So ranks are
// numbered by how likely they are, from a base on, and the numbers have these codes:
//
//   number    0     1     2     3     4     5 ...
//   rank      base  +1    +2    -1    +3    +4, -2, +5, +6, -3, +7, ...
//   code      00    01    100   101   110   111, then the number less 5, exp-Golomb with k = 0

constexpr uint64_t kLongCodes = 5;

uint64_t number_of(unsigned rank, unsigned base) {
  if (rank < base) return 3 * uint64_t{base - rank};
  const uint64_t above = rank - base;
  return above == 0 ? 0 : above + (above - 1) / 2;
}

/// nullopt when it is no rank.
std::optional<unsigned> rank_of(uint64_t number, unsigned base) {
  const uint64_t third = number / 3;
  if (number > 0 && number % 3 == 0)
    return third <= base ? std::optional(base - unsigned(third)) : std::nullopt;
  const uint64_t rank = base + number - third;
  return rank <= HyperLogLog::kMostRank ? std::optional(static_cast<unsigned>(rank)) : std::nullopt;
}

void write_number(BitWriter& writer, uint64_t number) {
  if (number < 2) return writer.bits(number, 2);
  if (number < kLongCodes) return writer.bits(number + 2, 3);
  writer.bits(7, 3);
  writer.golomb(number - kLongCodes, 0);
}

std::optional<uint64_t> read_number(BitReader& reader) {
  const std::optional<uint64_t> first = reader.bits(2);
  if (!first || *first < 2) return first;
  const std::optional<uint64_t> last = reader.bits(1);
  if (!last) return std::nullopt;
  const uint64_t number = *first * 2 + *last - 2;
  if (number < kLongCodes) return number;
  uint64_t more = 0;
  if (!reader.golomb(0, more) || more > 3 * HyperLogLog::kMostRank) return std::nullopt;
  return kLongCodes + more;
}

/// The lower of the two neighbours that most registers hold.
unsigned base_of(const std::vector<uint32_t>& ranks) {
  unsigned base = 0;
  for (unsigned rank = 1; rank + 1 < ranks.size(); ++rank)
    if (ranks[rank] + ranks[rank + 1] > ranks[base] + ranks[base + 1]) base = rank;
  return base;
}

bool are_few(const std::vector<uint32_t>& ranks) { return HyperLogLog::kRegisters - ranks[0] <= kMostFew; }

void write_few(BitWriter& writer, const HyperLogLog& registers) {
  std::vector<uint32_t> ranked;
  for (uint32_t place = 0; place < HyperLogLog::kRegisters; ++place)
    if (const uint8_t rank = registers.at(place); rank > 0) ranked.push_back(place << kTokenRankBits | rank);
  write(writer, kFew, ranked);
}

bool read_few(BitReader& reader, HyperLogLog& registers) {
  const std::optional<std::vector<uint32_t>> ranked = read(reader, kFew);
  if (!ranked || ranked->empty()) return false;
  for (const uint32_t one : *ranked)
    registers.raise(one >> kTokenRankBits, static_cast<uint8_t>(one % (1U << kTokenRankBits)));
  return true;
}

bool read_all(BitReader& reader, HyperLogLog& registers) {
  const std::optional<uint64_t> base = reader.bits(6);
  if (!base) return false;
  for (size_t place = 0; place < HyperLogLog::kRegisters; ++place) {
    const std::optional<uint64_t> number = read_number(reader);
    const std::optional<unsigned> rank = number ? rank_of(*number, static_cast<unsigned>(*base)) : std::nullopt;
    if (!rank) return false;
    registers.raise(place, static_cast<uint8_t>(*rank));
  }
  const std::vector<uint32_t> ranks = registers.ranks();
  return !are_few(ranks) && base_of(ranks) == *base;
}

}  // namespace

std::string code_of(const std::vector<MemberToken>& tokens) {
  BitWriter writer;
  writer.bits(static_cast<uint64_t>(Form::tokens), 8);
  write(writer, kTokens, tokens);
  return writer.take();
}

std::optional<std::vector<MemberToken>> tokens_of_code(std::string_view bytes, size_t most) {
  BitReader reader(bytes);
  if (!reads(reader, Form::tokens)) return std::nullopt;
  std::optional<std::vector<MemberToken>> tokens = read(reader, kTokens);
  return tokens && tokens->size() <= most && reader.at_end() ? tokens : std::nullopt;
}

std::optional<size_t> count_of_code(std::string_view bytes) {
  BitReader reader(bytes);
  return reads(reader, Form::tokens) ? reader.bits(kTokens.count_bits) : std::nullopt;
}

std::string code_of(const HyperLogLog& registers) {
  BitWriter writer;
  const std::vector<uint32_t> ranks = registers.ranks();
  const bool few = are_few(ranks);
  writer.bits(static_cast<uint64_t>(few ? Form::few_registers : Form::registers), 8);
  if (few) {
    write_few(writer, registers);
    return writer.take();
  }
  const unsigned base = base_of(ranks);
  writer.bits(base, 6);
  for (size_t place = 0; place < HyperLogLog::kRegisters; ++place)
    write_number(writer, number_of(registers.at(place), base));
  return writer.take();
}

std::optional<HyperLogLog> registers_of_code(std::string_view bytes) {
  BitReader reader(bytes);
  HyperLogLog registers;
  const std::optional<uint64_t> form = reader.bits(8);
  const bool few = form == static_cast<uint64_t>(Form::few_registers);
  if (!few && form != static_cast<uint64_t>(Form::registers)) return std::nullopt;
  const bool whole = few ? read_few(reader, registers) : read_all(reader, registers);
  return whole && reader.at_end() ? std::optional(std::move(registers)) : std::nullopt;
}

}  // namespace kilometric
