// The list of metrics, page by page.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/reader/reader.h"

namespace kilometric::tool {

inline constexpr const char* kKindNames[] = {"counter", "gauge", "timer", "set"};

/// Which metrics are listed.
struct KeyChoice {
  std::string kind;   ///< empty: all four
  std::string match;  ///< a pattern; empty: all
  std::vector<std::string> tags;
};

/// Calls `each(kind, key)` for each metric of the choice, a kind after the other, in the order of the keys.
void for_each_key(const Reader& reader, const KeyChoice& choice,
                  const std::function<void(std::string_view kind, std::string key)>& each);

/// A key as a pattern that means it alone.
std::string literal_pattern(std::string_view key);

/// Throws Failure unless it is empty or the name of a kind.
void check_kind(const std::string& kind);

}  // namespace kilometric::tool
