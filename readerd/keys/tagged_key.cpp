#include "readerd/keys/tagged_key.h"

#include <algorithm>

namespace kilometric {
namespace {

/// Whether `text` is `;tag=value`, repeated, or nothing.
bool holds_tags_alone(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(';', 1), text.size());
    const size_t equals = text.substr(0, end).find('=');
    if (equals == std::string_view::npos || equals == 1) return false;
    text.remove_prefix(end);
  }
  return true;
}

}  // namespace

TaggedKey::TaggedKey(std::string_view key) : name_(key) {
  const size_t end = std::min(key.find(';'), key.size());
  if (end == 0 || !holds_tags_alone(key.substr(end))) return;
  name_ = key.substr(0, end);
  tags_ = key.substr(end);
}

TaggedKey::Tag TaggedKey::take(std::string_view& rest) {
  const size_t end = std::min(rest.find(';', 1), rest.size());
  const std::string_view tag = rest.substr(1, end - 1);
  rest.remove_prefix(end);
  const size_t equals = tag.find('=');
  return {tag.substr(0, equals), tag.substr(equals + 1)};
}

std::optional<std::string_view> TaggedKey::find(std::string_view tag) const {
  if (tag == "name") return name_;
  for (std::string_view rest = tags_; !rest.empty();)
    if (const Tag each = take(rest); each.first == tag) return each.second;
  return std::nullopt;
}

}  // namespace kilometric
