// The key of a line with tags: Graphite's path, `name;tag=value;tag2=value2`, the same however the tags were
// spelled. Pure text in, text out; nothing is allocated. Called by ingestd/count/spellings.h, once a spelling.
//
//   name:1|c|#tag2:b,tag:a        DogStatsD: behind the line, a tag ends at its first colon
//   name;tag2=b;tag=a:1|c         Graphite: in the name
//   name,tag2=b,tag=a:1|c         InfluxDB, and so name#.. Librato, name[..] SignalFx, where TagRules say so
//
// Tags are sorted as carbon does, by the bytes of `tag=value`; of tags of one name the last one stays. A tag
// without a value mark is `tag=true`; one without a name or a value is dropped, and so are those that begin
// with `dd.internal.`, which agents alone read. What Graphite reserves is `_` in a tag's name, `;` in a value;
// a `~` at a value's beginning is dropped. A name without any tag is the key.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/key.h"
#include "ingestd/parse/outcome.h"

namespace kilometric {

inline constexpr size_t kMostTags = 32;

/// What becomes of tags.
struct TagRules {
  bool keep = false;               ///< otherwise a key is stored as sent, and what stands behind a line skipped
  std::vector<std::string> names;  ///< the tags to keep; none: all
  char in_name = '\0';             ///< `,`, `#` or `[`: begins tags in a name, beside `;`

  bool keeps(std::string_view tag) const noexcept;
};

class TaggedKey {
 public:
  /// `section`: what stands behind `|#`, may be empty. The key, or an empty one and the outcome.
  std::string_view make(std::string_view name, std::string_view section, const TagRules& rules) noexcept;
  Outcome outcome() const noexcept { return outcome_; }

 private:
  struct Tag {
    std::string_view name, value;

    size_t bytes() const noexcept { return name.size() + 1 + value.size(); }
    unsigned char operator[](size_t at) const noexcept;
  };

  void read(std::string_view tags, char between, char value_mark, const TagRules& rules) noexcept;
  void add(Tag tag, const TagRules& rules) noexcept;
  static bool before(const Tag& a, const Tag& b) noexcept;
  std::string_view write(std::string_view name, std::string_view rest) noexcept;
  std::string_view fail(Outcome outcome) noexcept;

  Outcome outcome_ = Outcome::accepted;
  size_t count_ = 0;
  std::array<Tag, kMostTags> tags_;
  std::array<char, kMaxTaggedKeyBytes> key_;
};

}  // namespace kilometric
