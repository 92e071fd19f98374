// Regular expressions of targets: PCRE2, which has what Python's re has, with bounds on what a search may cost.
//
// A call owns it. What is no expression, or costs too much, is thrown as WrongCall. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace kilometric::graphite {

class Regex {
 public:
  /// Takes its steps from `steps_left`, which must outlive it.
  Regex(const std::string& pattern, uint64_t& steps_left);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  /// Whether it matches anywhere.
  bool search(std::string_view text);

  /// The text with each match replaced, as Python's re.sub: \1, \g<1> and \g<name> stand for groups.
  std::string replace(std::string_view text, const std::string& with);

 private:
  static constexpr size_t kLongestResult = 65'536;

  bool match(std::string_view text, size_t from, bool not_empty_there);
  struct Piece {
    std::string text;
    std::optional<size_t> group;  // in place of the text
  };

  std::vector<Piece> read_replacement(std::string_view with) const;
  size_t read_escape(std::string_view escape, std::vector<Piece>& pieces) const;
  size_t group_of(std::string_view name) const;
  void append(std::string& result, std::string_view text, const Piece& piece) const;

  struct Free {
    void operator()(pcre2_real_code_8* code) const;
    void operator()(pcre2_real_match_data_8* match) const;
    void operator()(pcre2_real_match_context_8* context) const;
  };

  uint64_t& steps_left_;
  std::unique_ptr<pcre2_real_code_8, Free> code_;
  std::unique_ptr<pcre2_real_match_data_8, Free> match_;
  std::unique_ptr<pcre2_real_match_context_8, Free> context_;
};

}  // namespace kilometric::graphite
