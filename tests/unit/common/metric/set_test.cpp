#include "common/metric/set.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "common/metric/bits.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common/metric");

namespace {

using Random = std::mt19937_64;

constexpr double kDeviation = 0.0162;

/// Of the members 0 to size - 1, as text.
std::vector<MemberToken> tokens(unsigned size, const std::string& prefix = "member-") {
  std::vector<MemberToken> tokens;
  for (unsigned i = 0; i < size; ++i) tokens.push_back(token_of(prefix + std::to_string(i)));
  return tokens;
}

double error(const Set& set, unsigned size) { return static_cast<double>(set.unique()) / size - 1; }

std::string hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

Set united(const std::vector<Set>& parts) {
  Set all;
  for (const Set& part : parts) all.merge(part);
  return all;
}

}  // namespace

TEST_CASE("a member's token is the same for ever") {
  CHECK(token_of("") == token_of_hash(0x2D06'8005'38D3'94C2));  // XXH3's own test vector
  CHECK(token_of_hash(0) == 39);
  CHECK(token_of_hash(~uint64_t{0}) == 0xFFFF'FFC1);
  CHECK(token_of_hash(1) == 38);
  CHECK(token_of_hash(uint64_t{1} << 37) == 1);
  CHECK(token_of_hash(uint64_t{1} << 38) == (1 << 6 | 39));
  CHECK(token_of("alice") != token_of("bob"));
}

TEST_CASE("a token knows of the register, and of the rank of the 52 bits behind it") {
  Random random(1);
  for (unsigned round = 0; round < 10'000; ++round) {
    const uint64_t hash = random() >> (12 + random() % 52) | (random() % 4096) << 52;
    const MemberToken token = token_of_hash(hash);
    REQUIRE(HyperLogLog::register_of(token) == hash >> 52);
    unsigned rank = 1;
    while (rank < 53 && (hash >> (52 - rank) & 1) == 0) ++rank;
    REQUIRE(HyperLogLog::rank_of(token) == rank);
  }
}

TEST_CASE("up to 256 members are counted exactly, in whatever parts they come") {
  Random random(2);
  for (unsigned size = 1; size <= 256; ++size) {
    REQUIRE(Set(tokens(size)).unique() == size);
    std::vector<MemberToken> all = tokens(size, "x");
    std::vector<Set> parts(1 + random() % 9);
    for (const MemberToken token : all)
      for (unsigned copies = 1 + random() % 2; copies > 0; --copies)
        parts[random() % parts.size()].merge(Set({token}));
    REQUIRE(united(parts).unique() == size);
  }
  CHECK(Set().unique() == 0);
  CHECK(Set().says_nothing());
}

TEST_CASE("above, the count is right to three standard deviations of 1.62 %, from 257 to a million members") {
  double squares = 0;
  unsigned count = 0;
  for (const char* prefix : {"a", "user-", "10.0.0."}) {
    HyperLogLog registers;
    double next = 257;
    for (unsigned size = 1; size <= 1'000'000; ++size) {
      registers.add(token_of(prefix + std::to_string(size)));
      if (size < next) continue;
      next *= 1.1;
      CAPTURE(size);
      const double off = error(Set(registers), size);
      CHECK(std::abs(off) < 3 * kDeviation);
      squares += off * off;
      ++count;
    }
  }
  CHECK(count > 200);
  CHECK(std::sqrt(squares / count) < kDeviation);
}

TEST_CASE("a set depends on its members alone, not on how they came together") {
  Random random(3);
  for (const unsigned size : {1U, 200U, 256U, 257U, 300U, 1'000U, 5'000U, 100'000U}) {
    CAPTURE(size);
    const std::vector<MemberToken> all = tokens(size);
    const Set whole(all);
    for (unsigned round = 0; round < 5; ++round) {
      std::vector<std::vector<MemberToken>> split(1 + random() % 20);
      for (const MemberToken token : all)
        for (unsigned copies = 1 + random() % 2; copies > 0; --copies)
          split[random() % split.size()].push_back(token);
      std::vector<Set> parts(split.begin(), split.end());
      while (parts.size() > 1) {  // in any order
        std::ranges::shuffle(parts, random);
        const Set last = parts.back();
        parts.pop_back();
        parts[random() % parts.size()].merge(last);
      }
      REQUIRE(parts[0] == whole);
      REQUIRE(parts[0].encode() == whole.encode());
    }
  }
}

TEST_CASE("a member that is in both counts once") {
  for (const unsigned size : {100U, 1'000U, 100'000U}) {
    Set set(tokens(size));
    const Set same = set;
    set.merge(same);
    CHECK(set == same);
    set.merge(set);
    CHECK(set == same);
  }
}

TEST_CASE("what sets are written as, byte by byte") {
  CHECK(hex(Set().encode()) ==
        "0000"
        "00");
  CHECK(hex(Set({token_of("alice")}).encode()) == "0000e6d086e8");
  CHECK(hex(Set({token_of("alice"), token_of("bob")}).encode()) == "00015403c0c9e6753440");
  HyperLogLog registers;
  registers.raise(0, 1);
  registers.raise(3, 2);
  // form 1; two of them; k = 10: 0 passed over, rank 1; 2 passed over, rank 2
  CHECK(hex(Set(registers).encode()) == "010028018048");
}

TEST_CASE("how many bytes sets take") {
  const auto bytes = [](unsigned size) { return Set(tokens(size)).encode().size(); };
  CHECK(bytes(1) <= 7);
  CHECK(bytes(10) <= 36);
  CHECK(bytes(100) <= 300);
  CHECK(bytes(256) <= 720);
  CHECK(bytes(257) <= 280);
  CHECK(bytes(1'000) <= 720);
  CHECK(bytes(2'000) <= 1'100);
  for (const unsigned size : {3'000U, 4'000U, 5'000U, 10'000U, 50'000U, 70'000U, 100'000U, 1'000'000U}) {
    CAPTURE(size);
    CHECK(bytes(size) <= 1'560);
  }
}

TEST_CASE("registers of any kind are read as they were written") {
  Random random(4);
  for (unsigned round = 0; round < 300; ++round) {
    HyperLogLog registers;
    const auto raised = 1 + random() % (round % 2 == 0 ? 4096 : 2500);
    const auto most = 1 + random() % HyperLogLog::kMostRank;
    for (size_t i = 0; i < raised; ++i)
      registers.raise(random() % 4096, static_cast<uint8_t>(1 + random() % most));
    const Set set(registers);
    const std::string bytes = set.encode();
    REQUIRE(bytes.size() <= Set::kMostCodeBytes);
    REQUIRE(Set::decode(bytes) == set);
    REQUIRE_FALSE(Set::decode(bytes + '\0'));
    REQUIRE_FALSE(Set::decode(std::string_view(bytes).substr(0, bytes.size() - 1)));
    REQUIRE(set.unique() > 0);
  }
  HyperLogLog full;
  for (size_t i = 0; i < HyperLogLog::kRegisters; ++i) full.raise(i, HyperLogLog::kMostRank);
  CHECK(Set(full).unique() == 1'000'000'000'000'000'000);
  CHECK(Set::decode(Set(full).encode()) == Set(full));
}

TEST_CASE("what is read of any bytes is what these bytes are written for") {
  Random random(5);
  std::vector<std::string> seeds;
  for (const unsigned size : {0U, 1U, 3U, 256U, 257U, 2'500U, 10'000U})
    seeds.push_back(Set(tokens(size)).encode());
  unsigned read = 0;
  for (unsigned round = 0; round < 20'000; ++round) {
    std::string bytes = seeds[random() % seeds.size()];
    const auto changes = 1 + random() % 3;
    for (size_t i = 0; i < changes; ++i)
      bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 2));
    const std::optional<Set> set = Set::decode(bytes);
    if (!set) continue;
    ++read;
    REQUIRE(set->encode() == bytes);
  }
  CHECK(read > 500);
  CHECK(read < 19'000);
}

TEST_CASE("bytes that only seem to be a set are none") {
  const auto bytes = [](auto write) {
    BitWriter writer;
    write(writer);
    return writer.take();
  };
  CHECK_FALSE(Set::decode(""));
  CHECK_FALSE(Set::decode("\3"));
  CHECK_FALSE(Set::decode(std::string(Set::kMostCodeBytes + 1, '\0')));
  for (const unsigned count : {257U, 511U})  // too many tokens, whole
    CHECK_FALSE(Set::decode(bytes([&](BitWriter& writer) {
      writer.bits(0, 8);
      writer.bits(count, 9);
      for (unsigned i = 0; i < count; ++i) {
        writer.golomb(1, 17);
        writer.golomb(0, 0);
      }
    })));
  const auto two_tokens = [&](uint64_t gap, uint64_t rank) {
    return bytes([&](BitWriter& writer) {
      writer.bits(0, 8);
      writer.bits(2, 9);
      writer.golomb(5, 24);
      writer.golomb(3, 0);
      writer.golomb(gap, 24);
      writer.golomb(rank, 0);
    });
  };
  CHECK(Set::decode(two_tokens(1, 0)));
  CHECK(Set::decode(two_tokens(0, 4)));
  CHECK_FALSE(Set::decode(two_tokens(0, 3)));  // once more the same
  CHECK_FALSE(Set::decode(two_tokens(0, 2)));
  CHECK(Set::decode(two_tokens((1 << 26) - 6, 38)));
  CHECK_FALSE(Set::decode(two_tokens((1 << 26) - 5, 0)));  // beyond the last place
  CHECK_FALSE(Set::decode(two_tokens(UINT64_MAX, 0)));
  CHECK_FALSE(Set::decode(two_tokens(1, 39)));  // beyond the greatest rank
  CHECK_FALSE(Set::decode(two_tokens(1, UINT64_MAX)));
  CHECK_FALSE(
      Set::decode(bytes([](BitWriter& writer) { writer.bits(1ULL << 12, 20); })));  // no register above 0
}

TEST_CASE("an entry of another's is no set") {
  const std::string code = Set({token_of("alice")}).encode();
  const auto parsed = [](std::string_view count, std::string_view set) {
    return Set::parse([&](std::string_view name) { return std::optional(name == "set" ? set : count); });
  };
  CHECK(parsed("1", code).value().unique() == 1);
  CHECK(parsed("7", code).value().unique() == 1);  // the members say how many they are
  CHECK_FALSE(parsed("x", code));
  CHECK_FALSE(parsed("1", "alice"));
}
