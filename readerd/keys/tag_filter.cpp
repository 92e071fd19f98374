#include "readerd/keys/tag_filter.h"

#include <algorithm>
#include <utility>

#include "common/metric/key.h"

namespace kilometric {

const char* tag_name_error(std::string_view tag) {
  if (tag.empty()) return "the tag's name is missing, as in env:prod";
  if (tag.find('=') != tag.npos) return "a colon stands between a tag and its value, as in env:prod";
  if (tag.find('*') != tag.npos) return "a pattern may stand for the value alone, as in host:web*";
  if (tag.find_first_of(";!^") != tag.npos) return "a tag's name holds none of the characters ; ! ^";
  return nullptr;
}

const char* tag_text_error(std::string_view text) {
  if (text.size() > kMaxTaggedKeyBytes) return "it is longer than a key may be";
  return bytes_error(text) == nullptr ? nullptr : "it is no valid UTF-8, or holds a control character";
}

std::variant<TagFilter, std::string> TagFilter::parse(std::string_view text) {
  if (text.empty()) return "it is empty; it is tag:value, as in env:prod, or * for all";
  if (const char* error = tag_text_error(text)) return error;
  TagFilter filter;
  filter.negated_ = text.front() == '!';
  if (filter.negated_) text.remove_prefix(1);
  const size_t colon = std::min(text.find(':'), text.size());
  filter.tag_ = text.substr(0, colon);
  if (const char* error = tag_name_error(filter.tag_)) return error;
  if (colon == text.size()) return filter;
  const std::string_view value = text.substr(colon + 1);
  if (value.empty()) return "the value is missing; a metric without the tag is asked for by !env";
  if (value.find(';') != value.npos) return "a value holds no semicolon; repeat tag= for several tags";
  filter.value_ = Glob::parse(value);
  if (!filter.value_) return "the braces make more than 100 patterns";
  return filter;
}

bool TagFilter::matches(const TaggedKey& key) const {
  const auto value = key.find(tag_);
  return (value && (!value_ || value_->matches(*value))) != negated_;
}

bool TagFilters::match(const TaggedKey& key) const {
  return std::ranges::all_of(all, [&](const TagFilter& filter) { return filter.matches(key); });
}

}  // namespace kilometric
