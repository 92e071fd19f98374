// The bytes that a set is written as, in an entry and in a batch: tokens, or registers. common/metric/set.h
// says what they look like.
//
// Called by Set alone. Bytes may be anybody's: what these functions read is what they would write, or nullopt.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/hyperloglog.h"
#include "common/metric/member_token.h"

namespace kilometric {

/// Requires them to ascend, and fewer than 512.
std::string code_of(const std::vector<MemberToken>& tokens);
/// At most `most` of them.
std::optional<std::vector<MemberToken>> tokens_of_code(std::string_view bytes, size_t most);
/// How many tokens a code says that it has; nullopt of one that has registers.
std::optional<size_t> count_of_code(std::string_view bytes);

/// Requires one above 0.
std::string code_of(const HyperLogLog& registers);
std::optional<HyperLogLog> registers_of_code(std::string_view bytes);

}  // namespace kilometric
