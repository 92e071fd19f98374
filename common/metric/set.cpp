#include "common/metric/set.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>

#include "common/metric/set_code.h"
#include "common/varint.h"

namespace kilometric {

Set::Set(std::vector<MemberToken> tokens) : tokens_(std::move(tokens)) {
  std::ranges::sort(tokens_);
  tokens_.erase(std::unique(tokens_.begin(), tokens_.end()), tokens_.end());
  if (tokens_.size() > kMostTokens) give_up_tokens();
}

void Set::give_up_tokens() {
  for (const MemberToken token : std::exchange(tokens_, {})) registers_.add(token);
}

void Set::merge(const Set& other) {
  if (!registers_.empty() || !other.registers_.empty()) {
    give_up_tokens();
    for (const MemberToken token : other.tokens_) registers_.add(token);
    registers_.merge(other.registers_);
    return;
  }
  std::vector<MemberToken> united;
  united.reserve(tokens_.size() + other.tokens_.size());
  std::ranges::set_union(tokens_, other.tokens_, std::back_inserter(united));
  tokens_ = std::move(united);
  if (tokens_.size() > kMostTokens) give_up_tokens();
}

int64_t Set::unique() const {
  constexpr double kMost = 1e18;  // registers that nobody's members fill may say more
  if (registers_.empty()) return static_cast<int64_t>(tokens_.size());
  return std::llround(std::min(registers_.estimate(), kMost));
}

std::string Set::encode() const { return registers_.empty() ? code_of(tokens_) : code_of(registers_); }

std::optional<Set> Set::decode(std::string_view bytes) {
  if (bytes.size() > kMostCodeBytes) return std::nullopt;
  if (std::optional<std::vector<MemberToken>> tokens = tokens_of_code(bytes, kMostTokens)) {
    Set set;
    set.tokens_ = *std::move(tokens);
    return set;
  }
  std::optional<HyperLogLog> registers = registers_of_code(bytes);
  return registers ? std::optional<Set>(Set(*std::move(registers))) : std::nullopt;
}

std::byte* Set::put(std::byte* at) const {
  const std::string code = encode();
  at = put_varint(at, code.size());
  std::memcpy(at, code.data(), code.size());
  return at + code.size();
}

/// Returns where the next byte is; nullptr when it is cut.
const std::byte* Set::get_code(const std::byte* at, const std::byte* end, std::string_view& code) noexcept {
  uint64_t bytes = 0;
  at = get_varint(at, end, bytes);
  if (at == nullptr || bytes > static_cast<size_t>(end - at)) return nullptr;
  code = {reinterpret_cast<const char*>(at), bytes};
  return at + bytes;
}

const std::byte* Set::get(const std::byte* at, const std::byte* end, Set& set) {
  std::string_view code;
  at = get_code(at, end, code);
  std::optional<Set> decoded = at == nullptr ? std::nullopt : decode(code);
  if (!decoded) return nullptr;
  set = *std::move(decoded);
  return at;
}

int64_t Set::unique_of(std::string_view code) {
  if (const std::optional<size_t> tokens = count_of_code(code)) return static_cast<int64_t>(*tokens);
  const std::optional<Set> set = decode(code);
  return set ? set->unique() : 0;
}

}  // namespace kilometric
