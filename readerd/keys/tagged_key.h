// A key as its name and its tags: `name;tag=value;tag2=value2`, Graphite's canonical path.
//
// Called for each key that is held against tags, so it allocates nothing; it is a view of the key's bytes. Keys
// come from strangers: one whose parts behind a semicolon are not all `tag=value` is a name without tags.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace kilometric {

class TaggedKey {
 public:
  using Tag = std::pair<std::string_view, std::string_view>;  ///< its name, and its value

  /// Requires that the bytes of `key` outlive it.
  explicit TaggedKey(std::string_view key);

  std::string_view name() const { return name_; }

  /// The value of a tag; nullopt when the key has no such tag. That of `name` is the name, as in Graphite.
  std::optional<std::string_view> find(std::string_view tag) const;

  /// Calls `on_tag` with each tag, in the order of the key. The name is not among them.
  template <class OnTag>
  void for_each(OnTag on_tag) const {
    for (std::string_view rest = tags_; !rest.empty();) on_tag(take(rest));
  }

 private:
  /// The first tag of `rest`, which begins with a semicolon and keeps what is behind that tag.
  static Tag take(std::string_view& rest);

  std::string_view name_;
  std::string_view tags_;  ///< `;tag=value`, repeated; may be empty
};

}  // namespace kilometric
