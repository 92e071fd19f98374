#include "readerd/graphite/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <utility>

#include "common/utf8.h"

namespace kilometric::graphite {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kSymbols = "(){},.'\"\\|";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_plain(char c) {
  return static_cast<unsigned char>(c) > ' ' && c != 127 && kSymbols.find(c) == kSymbols.npos;
}

bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (is_letter(x) ? (x | 0x20) : x) == y; });
}

// Reads from left to right; a refusal is kept, and ends all.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::variant<Expression, Refusal> parse() {
    Expression result = expression();
    blanks();
    if (!refusal_ && at_ < text_.size()) refuse("is left over; a target is one expression");
    if (refusal_) return *std::move(refusal_);
    return result;
  }

 private:
  static constexpr size_t kNotFound = std::string_view::npos;

  Expression refuse(const char* what) {
    if (!refusal_) {
      const std::string_view there = at_ < text_.size() ? text_.substr(at_, 1) : std::string_view();
      const bool shown = !there.empty() && static_cast<signed char>(there[0]) >= ' ';
      refusal_ = Refusal{400, fmt::format("target: byte {}: {} {}", at_ + 1,
                                          there.empty() ? "the end"
                                          : shown       ? fmt::format("\"{}\"", there)
                                                        : "this byte",
                                          what)};
    }
    at_ = text_.size();
    return {};
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }
  bool take(char c) {
    blanks();
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  // Whether an argument may end at `at`.
  bool ends_at(size_t at) const {
    at = text_.find_first_not_of(kBlanks, at);
    return at == kNotFound || text_[at] == ',' || text_[at] == ')';
  }

  size_t word_end(size_t at) const {
    if (at >= text_.size() || !is_letter(text_[at])) return at;
    while (at < text_.size() && (is_letter(text_[at]) || is_digit(text_[at]))) ++at;
    return at;
  }

  Expression expression() {
    blanks();
    Expression left = piece();
    while (!refusal_ && take('|')) left = piped(std::move(left));
    return left;
  }

  // As deep as what it is made of, and one more: a destructor walks it, too.
  Expression piped(Expression left) {
    blanks();
    if (++pipes_ > Expression::kMostDepth) return refuse("is one pipe too many");
    if (word_end(at_) == at_ || text_.substr(word_end(at_), 1) != "(")
      return refuse("begins no function after a pipe");
    Expression call = piece();
    if (refusal_) return {};
    call.at = left.at;
    call.arguments.insert(call.arguments.begin(), std::move(left));
    return call;
  }

  Expression piece() {
    const size_t end = word_end(at_);
    return end > at_ && text_.substr(end, 1) == "(" ? call(end) : path();
  }

  Expression call(size_t name_end) {
    if (depth_ == Expression::kMostDepth) return refuse("is nested too deep: 64 calls are the most");
    const size_t begin = at_;
    Expression result{
        .kind = Expression::Kind::call, .at = at_ + 1, .text = std::string(text_.substr(at_, name_end - at_))};
    at_ = name_end + 1;
    ++depth_;
    if (!take(')')) arguments(result);
    --depth_;
    if (!refusal_ && result.text == "seriesByTag") {
      result.kind = Expression::Kind::path;
      result.text = text_.substr(begin, at_ - begin);
    }
    return result;
  }

  void arguments(Expression& call) {
    while (!refusal_) {
      argument(call);
      if (refusal_ || take(')')) return;
      if (!take(',')) refuse("is here where a comma or a closing parenthesis is wanted");
    }
  }

  void argument(Expression& call) {
    blanks();
    const size_t word = word_end(at_);
    const size_t equals = std::min(text_.find_first_not_of(kBlanks, word), text_.size());
    if (word > at_ && text_.substr(equals, 1) == "=") {
      call.keywords.emplace_back(text_.substr(at_, word - at_));
      at_ = equals + 1;
      blanks();
    } else if (!call.keywords.empty()) {
      refuse("follows an argument with a keyword, and has none");
      return;
    }
    call.arguments.push_back(value());
  }

  Expression value() {
    if (auto word = constant()) return *std::move(word);
    if (auto number = this->number()) return *std::move(number);
    if (peek() == '"' || peek() == '\'') return string();
    return expression();
  }

  std::optional<Expression> constant() {
    using Kind = Expression::Kind;
    struct Word {
      const char* text;
      Kind kind;
      double number;
    };
    static const Word words[] = {{"true", Kind::boolean, 1},
                                 {"false", Kind::boolean, 0},
                                 {"none", Kind::none, 0},
                                 {"inf", Kind::number, std::numeric_limits<double>::infinity()}};
    const size_t end = word_end(at_);
    if (end == at_ || !ends_at(end)) return std::nullopt;
    for (const auto& word : words) {
      if (!same_letters(text_.substr(at_, end - at_), word.text)) continue;
      const Expression result{.kind = word.kind, .at = at_ + 1, .number = word.number};
      at_ = end;
      return result;
    }
    return std::nullopt;
  }

  size_t digits(size_t at) const {
    while (at < text_.size() && is_digit(text_[at])) ++at;
    return at;
  }

  std::optional<Expression> number() {
    const size_t begin = at_ + (peek() == '-');
    size_t end = digits(begin);
    if (end == begin) return std::nullopt;
    bool whole = true;
    if (text_.substr(end, 1) == "." && digits(end + 1) > end + 1) end = digits(end + 1), whole = false;
    if (end < text_.size() && (text_[end] | 0x20) == 'e') {
      const size_t power = end + 1 + (text_.substr(end + 1, 1) == "-");
      if (digits(power) > power) end = digits(power), whole = false;
    }
    if (!ends_at(end)) return std::nullopt;
    Expression result{.kind = Expression::Kind::number,
                      .at = at_ + 1,
                      .text = std::string(text_.substr(at_, end - at_)),
                      .whole = whole};
    result.number = std::strtod(result.text.c_str(), nullptr);
    if (!std::isfinite(result.number)) return refuse("begins a number that is too large");
    at_ = end;
    return result;
  }

  // A backslash keeps the quote behind it from ending the string, and stays.
  Expression string() {
    const char quote = peek();
    size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? size_t{2} : size_t{1};
    if (end >= text_.size() || text_[end] != quote) return refuse("begins a string that does not end");
    Expression result{.kind = Expression::Kind::string,
                      .at = at_ + 1,
                      .text = std::string(text_.substr(at_ + 1, end - at_ - 1))};
    at_ = end + 1;
    return result;
  }

  Expression path() {
    const size_t begin = at_;
    do {
      if (!path_element()) return refuse("is here where a path or a function is wanted");
    } while (peek() == '.' && ++at_);
    return {.at = begin + 1, .text = std::string(text_.substr(begin, at_ - begin))};
  }

  bool path_element() {
    const size_t begin = at_;
    while (path_text(false) || braces()) {}
    return at_ > begin && !refusal_;
  }

  bool path_text(bool in_braces) {
    const size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\' && at_ + 1 < text_.size() && is_escaped(text_[at_ + 1]))
        at_ += 2;
      else if (is_plain(c) || (in_braces && (c == ',' || c == '.')))
        ++at_;
      else
        break;
    }
    return at_ > begin;
  }

  static bool is_escaped(char c) { return kSymbols.find(c) != kSymbols.npos || c == '=' || c == ' '; }

  bool braces() {
    if (peek() != '{') return false;
    ++at_;
    path_text(true);
    if (peek() == '}') return ++at_, true;
    refuse("is here where a closing brace is wanted; braces do not nest");
    return false;
  }

  const std::string_view text_;
  size_t at_ = 0;
  size_t depth_ = 0;
  size_t pipes_ = 0;
  std::optional<Refusal> refusal_;
};

}  // namespace

std::variant<Expression, Refusal> parse_target(std::string_view target) {
  if (target.size() > Expression::kMostBytes) return Refusal{400, "target: more than 8192 bytes"};
  if (valid_utf8(target) != target) return Refusal{400, "target: it is not UTF-8"};
  return Parser(target).parse();
}

}  // namespace kilometric::graphite
