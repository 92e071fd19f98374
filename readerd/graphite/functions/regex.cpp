#include "readerd/graphite/functions/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <algorithm>
#include <charconv>
#include <new>

#include "readerd/graphite/functions/evaluation.h"

namespace kilometric::graphite {
namespace {

constexpr uint32_t kOptions =
    PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_AUTO_CALLOUT | PCRE2_NEVER_BACKSLASH_C;
constexpr uint32_t kMostHeapKib = 8192;
constexpr uint32_t kDeepest = 100'000;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string words_of(int error) {
  unsigned char text[128];
  pcre2_get_error_message(error, text, sizeof text);
  return reinterpret_cast<const char*>(text);
}

// PCRE2 calls it before each step of a match, so that the steps of all matches of a request are counted.
int count_step(pcre2_callout_block*, void* steps_left) {
  auto& left = *static_cast<uint64_t*>(steps_left);
  return left == 0 ? PCRE2_ERROR_MATCHLIMIT : (--left, 0);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T>
T* had(T* pointer) {
  if (pointer == nullptr) throw std::bad_alloc();
  return pointer;
}

}  // namespace

void Regex::Free::operator()(pcre2_code* code) const { pcre2_code_free(code); }
void Regex::Free::operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
void Regex::Free::operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }

Regex::Regex(const std::string& pattern, uint64_t& steps_left) : steps_left_(steps_left) {
  int error = 0;
  size_t where = 0;
  code_.reset(pcre2_compile(bytes(pattern), pattern.size(), kOptions, &error, &where, nullptr));
  if (!code_) throw WrongCall(fmt::format("\"{}\": {} at its byte {}", pattern, words_of(error), where + 1));
  match_.reset(had(pcre2_match_data_create_from_pattern(code_.get(), nullptr)));
  context_.reset(had(pcre2_match_context_create(nullptr)));
  pcre2_set_callout(context_.get(), count_step, &steps_left_);
  pcre2_set_heap_limit(context_.get(), kMostHeapKib);
  pcre2_set_depth_limit(context_.get(), kDeepest);
}

Regex::~Regex() = default;

bool Regex::match(std::string_view text, size_t from, bool not_empty_there) {
  const uint32_t options = not_empty_there ? PCRE2_NOTEMPTY_ATSTART : 0;
  const int found =
      pcre2_match(code_.get(), bytes(text), text.size(), from, options, match_.get(), context_.get());
  if (found == PCRE2_ERROR_NOMATCH) return false;
  if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT || found == PCRE2_ERROR_HEAPLIMIT)
    throw WrongCall("the regular expression needs too many steps for these names");
  if (found < 0) throw WrongCall("the regular expression: " + words_of(found));
  // \K in a look-ahead can make a match end before it begins.
  const size_t* ends = pcre2_get_ovector_pointer(match_.get());
  if (ends[0] > ends[1] || ends[0] < from) throw WrongCall("the regular expression ends before it begins");
  return true;
}

bool Regex::search(std::string_view text) { return match(text, 0, false); }

std::string Regex::replace(std::string_view text, const std::string& with) {
  const auto pieces = read_replacement(with);
  std::string result;
  const size_t* ends = pcre2_get_ovector_pointer(match_.get());
  size_t at = 0;
  bool was_empty = false;
  while (at <= text.size() && match(text, at, was_empty)) {
    result.append(text.substr(at, ends[0] - at));
    for (const auto& piece : pieces) append(result, text, piece);
    if (result.size() > kLongestResult) throw WrongCall("a name becomes longer than 65,536 bytes");
    at = ends[1];
    was_empty = ends[0] == ends[1];
  }
  return result.append(text.substr(at));
}

std::vector<Regex::Piece> Regex::read_replacement(std::string_view with) const {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < with.size();) {
    const size_t escape = std::min(with.find('\\', at), with.size());
    pieces.push_back({std::string(with.substr(at, escape - at)), std::nullopt});
    at = escape + (escape < with.size() ? read_escape(with.substr(escape), pieces) : 0);
  }
  return pieces;
}

// Returns how long the escape is.
size_t Regex::read_escape(std::string_view escape, std::vector<Piece>& pieces) const {
  if (escape.size() == 1) throw WrongCall("the replacement ends with a backslash");
  const char c = escape[1];
  if (c >= '1' && c <= '9') {
    const size_t digits = escape.size() > 2 && is_digit(escape[2]) ? 2 : 1;
    pieces.push_back({{}, group_of(escape.substr(1, digits))});
    return 1 + digits;
  }
  if (escape.starts_with("\\g<") && escape.find('>') != escape.npos) {
    pieces.push_back({{}, group_of(escape.substr(3, escape.find('>') - 3))});
    return escape.find('>') + 1;
  }
  if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
    throw WrongCall(fmt::format("\\{} means nothing in a replacement", c));
  pieces.push_back({std::string(c == '\\' ? escape.substr(1, 1) : escape.substr(0, 2)), std::nullopt});
  return 2;
}

size_t Regex::group_of(std::string_view name) const {
  uint32_t most = 0;
  pcre2_pattern_info(code_.get(), PCRE2_INFO_CAPTURECOUNT, &most);
  uint32_t number = most + 1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) {
    const int found = pcre2_substring_number_from_name(code_.get(), bytes(std::string(name)));
    number = found > 0 ? static_cast<uint32_t>(found) : most + 1;
  }
  if (number > most) throw WrongCall(fmt::format("the regular expression has no group {}", name));
  return number;
}

void Regex::append(std::string& result, std::string_view text, const Piece& piece) const {
  if (!piece.group) {
    result.append(piece.text);
    return;
  }
  const size_t* ends = pcre2_get_ovector_pointer(match_.get()) + 2 * *piece.group;
  if (ends[0] != PCRE2_UNSET && ends[1] > ends[0]) result.append(text.substr(ends[0], ends[1] - ends[0]));
}

}  // namespace kilometric::graphite
