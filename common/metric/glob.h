// A pattern for keys:
//
//   web.*.hits        any bytes, or none
//   web.{de,at}.hits  one of these; no braces within braces, and without a comma they stand for themselves
//   disk[0-9a].reads  one byte of these
//   disk[!0-9].reads  one byte of all others; so does [^0-9]
//   why\*             the character itself
//
// A bracket or brace without its end stands for itself, and so does a question mark. Matching takes time in
// proportion to the pattern's length times the key's, whatever a stranger sends.
#pragma once

#include <bitset>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kilometric {

class Glob {
 public:
  static constexpr size_t kMostAlternatives = 100;

  /// nullopt when the braces make more than kMostAlternatives patterns.
  static std::optional<Glob> parse(std::string_view text);

  bool matches(std::string_view key) const;

  const std::string& text() const { return text_; }  ///< the pattern as it was written

  size_t alternatives() const { return alternatives_.size(); }

  /// The one key it matches, when it is no pattern.
  std::optional<std::string> literal() const;

  /// The bytes that every matching key begins with.
  std::string prefix() const;

 private:
  struct Token {
    bool star = false;
    std::bitset<256> bytes;  ///< the token matches one of them, unless it is a star
  };
  using Tokens = std::vector<Token>;

  static Tokens tokens_of(std::string_view text);
  static bool match(const Tokens& tokens, std::string_view key);

  std::string text_;
  std::vector<Tokens> alternatives_;
};

}  // namespace kilometric
