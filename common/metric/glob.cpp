#include "common/metric/glob.h"

#include <algorithm>

namespace kilometric {
namespace {

constexpr std::string_view kSpecial = "*[]{},\\";

/// The size of the pattern's character at `at`: two bytes when it is escaped.
size_t character_size(std::string_view text, size_t at) {
  const bool escaped =
      text[at] == '\\' && at + 1 < text.size() && kSpecial.find(text[at + 1]) != std::string_view::npos;
  return escaped ? 2 : 1;
}

/// The place of the next `character` that is not escaped.
size_t find_plain(std::string_view text, char character, size_t at) {
  for (; at < text.size(); at += character_size(text, at))
    if (text[at] == character) return at;
  return std::string_view::npos;
}

std::vector<std::string_view> split_at_commas(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t comma; (comma = find_plain(text, ',', 0)) != std::string_view::npos;) {
    parts.push_back(text.substr(0, comma));
    text.remove_prefix(comma + 1);
  }
  parts.push_back(text);
  return parts;
}

/// Writes out the braces of `text` from `at` on. False when that makes too many patterns.
bool expand(const std::string& text, size_t at, std::vector<std::string>& patterns) {
  const size_t open = find_plain(text, '{', at);
  const size_t close = open == std::string::npos ? open : find_plain(text, '}', open);
  if (close == std::string::npos) {
    patterns.push_back(text);
    return patterns.size() <= Glob::kMostAlternatives;
  }
  const std::string inner = text.substr(open + 1, close - open - 1);
  const auto parts = split_at_commas(inner);
  if (parts.size() == 1) return expand(text, close + 1, patterns);
  for (const std::string_view part : parts) {
    const std::string front = text.substr(0, open).append(part);
    if (!expand(front + text.substr(close + 1), front.size(), patterns)) return false;
  }
  return true;
}

/// Where the set that begins at `at` ends: its first byte, or the one behind a `!` or `^`, may be a bracket.
size_t end_of_set(std::string_view text, size_t at) {
  const bool negated = at + 1 < text.size() && (text[at + 1] == '!' || text[at + 1] == '^');
  const size_t end = negated ? text.find(']', at + 3) : std::string_view::npos;
  return end == std::string_view::npos ? text.find(']', at + 2) : end;
}

/// The bytes that a set such as `0-9a` or `!0-9` stands for. `!` and `^` alone stand for themselves.
std::bitset<256> bytes_of(std::string_view set) {
  std::bitset<256> bytes;
  const bool negated = set.size() > 1 && (set[0] == '!' || set[0] == '^');
  if (negated) set.remove_prefix(1);
  for (size_t at = 0; at < set.size(); ++at) {
    const auto first = static_cast<unsigned char>(set[at]);
    auto last = first;
    if (at + 2 < set.size() && set[at + 1] == '-') last = static_cast<unsigned char>(set[at += 2]);
    for (unsigned byte = first; byte <= last; ++byte) bytes.set(byte);
  }
  return negated ? ~bytes : bytes;
}

}  // namespace

std::optional<Glob> Glob::parse(std::string_view text) {
  std::vector<std::string> patterns;
  if (!expand(std::string(text), 0, patterns)) return std::nullopt;
  Glob glob;
  glob.text_ = text;
  for (const std::string& pattern : patterns) glob.alternatives_.push_back(tokens_of(pattern));
  return glob;
}

Glob::Tokens Glob::tokens_of(std::string_view text) {
  Tokens tokens;
  for (size_t at = 0; at < text.size();) {
    Token token;
    const size_t close = text[at] == '[' ? end_of_set(text, at) : std::string_view::npos;
    if (text[at] == '*') {
      token.star = true;
      ++at;
    } else if (close != std::string_view::npos) {
      token.bytes = bytes_of(text.substr(at + 1, close - at - 1));
      at = close + 1;
    } else {
      at += character_size(text, at);
      token.bytes.set(static_cast<unsigned char>(text[at - 1]));
    }
    tokens.push_back(token);
  }
  return tokens;
}

/// After a mismatch the last star takes one byte more. An earlier star need never be tried again, since the
/// last one can take whatever it could.
bool Glob::match(const Tokens& tokens, std::string_view key) {
  size_t token = 0, at = 0, star = tokens.size(), star_at = 0;
  while (at < key.size()) {
    if (token < tokens.size() && tokens[token].star) {
      star = token++;
      star_at = at;
    } else if (token < tokens.size() && tokens[token].bytes[static_cast<unsigned char>(key[at])]) {
      ++token;
      ++at;
    } else if (star < tokens.size()) {
      token = star + 1;
      at = ++star_at;
    } else {
      return false;
    }
  }
  return std::all_of(tokens.begin() + static_cast<ptrdiff_t>(token), tokens.end(),
                     [](const Token& left) { return left.star; });
}

bool Glob::matches(std::string_view key) const {
  return std::ranges::any_of(alternatives_, [&](const Tokens& tokens) { return match(tokens, key); });
}

std::optional<std::string> Glob::literal() const {
  if (alternatives_.size() != 1) return std::nullopt;
  std::string text = prefix();
  if (text.size() != alternatives_.front().size()) return std::nullopt;
  return text;
}

std::string Glob::prefix() const {
  std::string common;
  for (size_t at = 0;; ++at) {
    std::bitset<256> bytes;
    for (const Tokens& tokens : alternatives_) {
      if (at >= tokens.size() || tokens[at].star) return common;
      bytes |= tokens[at].bytes;
    }
    if (bytes.count() != 1) return common;
    common += static_cast<char>(bytes._Find_first());
  }
}

}  // namespace kilometric
