// The set: how many different members there were. Samples are members, and sets unite: workers, intervals,
// hours, hosts and metrics, in any order; a member that is in two of them is one.
//
//   sample    users:alice|s
//   entry     count 2, set 00 01 52 ...      for people, and what unites
//
// Up to 256 members are kept by their tokens (common/metric/member_token.h) and counted exactly. Of more, 4,096
// registers are kept (common/metric/hyperloglog.h). What a set is depends on its members alone, not on the way
// they came together.
//
// The field `set`, also in a batch, behind its length: bits as BitWriter writes them (common/metric/bits.h).
//
//   form 8 bits   0 tokens      count 9 bits; of each, ascending: how far its place is behind the one before,
//                               exp-Golomb with k = 26 less the count's digits; its rank less 1, with k = 0
//                 1 registers   of which few are above 0: count 12 bits; of each such register: how many are
//                               passed over, with k = 12 less the count's digits; its rank less 1, with k = 0
//                 2 registers   base 6 bits; the code of each register's rank, see set_code.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/metric/hyperloglog.h"
#include "common/metric/member_token.h"
#include "common/metric/number.h"
#include "common/metric/stat.h"

namespace kilometric {

class Set {
 public:
  static constexpr size_t kMostTokens = 256;

  Set() = default;
  /// In any order, any of them more than once.
  explicit Set(std::vector<MemberToken> tokens);
  explicit Set(HyperLogLog registers) : registers_(std::move(registers)) {}

  void merge(const Set& other);
  void then(const Set& later) { merge(later); }
  bool says_nothing() const noexcept { return tokens_.empty() && registers_.empty(); }
  /// How many members; exact for as long as there are tokens.
  int64_t unique() const;
  std::optional<Number> stat(const Stat&) const { return Amount{unique(), 0}; }
  Amount events() const noexcept { return {}; }  // nothing is counted that a rate could be of
  size_t heap_bytes() const noexcept {
    return tokens_.size() * sizeof(MemberToken) + (registers_.empty() ? 0 : HyperLogLog::kRegisters);
  }

  /// In a stream's entry. `count` is what this entry alone says.
  static constexpr std::string_view kCountField = "count", kSetField = "set";
  template <class Visit>
  void fields(Visit visit) const {
    visit(kCountField, std::to_string(unique()));
    visit(kSetField, encode());
  }
  /// Of what put() has written.
  template <class Visit>
  static void fields_of(const std::byte* at, const std::byte* end, Visit visit) {
    std::string_view code;
    if (get_code(at, end, code) == nullptr) return;
    visit(kCountField, std::to_string(unique_of(code)));
    visit(kSetField, code);
  }
  template <class Find>
  static std::optional<Set> parse(Find find) {
    const std::optional<std::string_view> count = find(kCountField), set = find(kSetField);
    return count && parse_amount(*count) && set ? decode(*set) : std::nullopt;
  }

  /// In a batch: what the field holds, behind its length.
  static constexpr size_t kMostCodeBytes = 9'300;  ///< 18 bits for each register
  static constexpr size_t kMostBytes = 2 + kMostCodeBytes;
  std::byte* put(std::byte* at) const;
  static const std::byte* get(const std::byte* at, const std::byte* end, Set& set);

  /// The bytes of the field `set`, and what they say; nullopt when encode() does not write them.
  std::string encode() const;
  static std::optional<Set> decode(std::string_view bytes);

  bool operator==(const Set&) const = default;

 private:
  static const std::byte* get_code(const std::byte* at, const std::byte* end, std::string_view& code) noexcept;
  static int64_t unique_of(std::string_view code);
  void give_up_tokens();

  std::vector<MemberToken> tokens_;  ///< ascending; none when there are registers
  HyperLogLog registers_;            ///< when there were more tokens than kMostTokens
};

}  // namespace kilometric
