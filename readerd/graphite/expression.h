// A target as a tree: calls, paths, and what stands between a call's parentheses. `a|f(2)` is read as `f(a,2)`.
//
// Each request's targets are parsed once. What is no target is refused with words that say what, and at which
// byte.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/http/refusal.h"

namespace kilometric::graphite {

struct Expression {
  enum class Kind { path, call, number, string, boolean, none };
  static constexpr size_t kMostBytes = 8192;
  static constexpr size_t kMostDepth = 64;

  Kind kind = Kind::path;
  size_t at = 0;  ///< its first byte in the target, from 1
  std::string text =
      {};             ///< a path as it stands, with its backslashes; a string without its quotes; a call's name
  double number = 0;  ///< also 0 and 1 of a boolean
  bool whole = false;                      ///< a number without a point
  std::vector<Expression> arguments = {};  ///< those with a keyword at the end
  std::vector<std::string> keywords = {};  ///< of the last arguments, one each
};

/// A call of seriesByTag() is a path: its text as it stands, beside its arguments.
std::variant<Expression, Refusal> parse_target(std::string_view target);

}  // namespace kilometric::graphite
