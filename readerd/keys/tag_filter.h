// Which tags the metrics of a query have:
//
//   env:prod       the tag env with this value
//   host:web*      with a value that matches a pattern, see glob.h
//   host           with any value
//   !canary:true   the tag has another value, or there is none
//   !canary        there is no such tag
//   *              whatever tags there are: no filter at all
//
// Parsed from what a client wrote; what is wrong is returned as words. All filters of a query must hold.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/metric/glob.h"
#include "readerd/keys/tagged_key.h"

namespace kilometric {

class TagFilter {
 public:
  /// What is wrong with `text`, or the filter. Requires that it is not `*` alone.
  static std::variant<TagFilter, std::string> parse(std::string_view text);

  bool matches(const TaggedKey& key) const;

  /// Of its pattern.
  size_t alternatives() const { return value_ ? value_->alternatives() : 0; }

 private:
  bool negated_ = false;
  std::string tag_;
  std::optional<Glob> value_;  ///< nullopt: any value
};

/// What is wrong with `tag` as the name of one; nullptr when nothing is.
const char* tag_name_error(std::string_view tag);

/// What is wrong with text about a tag, whatever it says; nullptr when nothing is.
const char* tag_text_error(std::string_view text);

/// The filters of a query; none of them lets all tags pass.
struct TagFilters {
  static constexpr size_t kMost = 32;  ///< as many as a key may have tags

  std::vector<TagFilter> all;

  bool match(const TaggedKey& key) const;
};

}  // namespace kilometric
