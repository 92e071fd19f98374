// Which series are asked for by their tags, with Graphite's words and rules:
//
//   name=web.hits   dc!=eu   host=~web.*   host!=~web(1|2)
//
// All of them must hold. What a series does not have is empty, its name is the tag `name`, a regular expression
// is anchored at the start, and at least one must need a value that is not empty.
//
// Parsed from what a client wrote; a refusal is a 400. Keys are matched with it on one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/refusal.h"
#include "readerd/graphite/functions/regex.h"
#include "readerd/keys/tagged_key.h"

namespace kilometric::graphite {

class TagQuery {
 public:
  static constexpr size_t kMostTerms = 32;
  static constexpr uint64_t kMostRegexSteps = 5'000'000;

  /// Shared by the queries of a request: what their regular expressions may still take.
  using Steps = std::shared_ptr<uint64_t>;
  static Steps make_steps() { return std::make_shared<uint64_t>(kMostRegexSteps); }

  using Parsed = std::variant<std::shared_ptr<TagQuery>, Refusal>;
  static Parsed parse(const std::vector<std::string>& expressions, const Steps& steps);
  /// Of a path in a target: a call of seriesByTag(), or `name;tag=value`, its tags in any order.
  static Parsed of_path(std::string_view path, const Steps& steps);
  /// Whether that is what a path is.
  static bool is_tagged(std::string_view path);

  /// Whether a series is wanted that is called `name` and has the tags of `key`. Refused when that takes too
  /// many steps.
  std::variant<bool, Refusal> matches(std::string_view name, const TaggedKey& key);

  /// The one name that is wanted.
  const std::optional<std::string>& name() const { return name_; }
  /// The very tags that are wanted, as they stand in keys: `;dc=eu;host=a`.
  const std::optional<std::string>& tags() const { return tags_; }
  /// What the names begin with that are wanted.
  const std::string& prefix() const { return prefix_; }

 private:
  struct Term {
    std::string tag;
    bool negated = false;
    std::string value;                                    ///< or the regular expression, as it was written
    std::unique_ptr<Regex> regex;                         ///< nullptr: it is a value
    std::map<std::string, bool, std::less<>> known = {};  ///< verdicts of the expression: values come again

    bool holds(std::string_view text);
    bool found(std::string_view text);
  };

  std::optional<Refusal> add(const std::string& expression);

  Steps steps_;
  std::vector<Term> terms_;
  std::optional<std::string> name_, tags_;
  std::string prefix_;
};

}  // namespace kilometric::graphite
