#include "readerd/keys/tag_index.h"

#include <random>
#include <utility>

#include "readerd/keys/tagged_key.h"

namespace kilometric {

TagIndex::TagIndex(size_t most_bytes)
    : most_bytes_(most_bytes), seed_(std::random_device()()), room_(most_bytes) {}

void TagIndex::add(std::string_view key) {
  const TaggedKey tagged(key);
  if (tagged.name() == key) return;
  count("name", tagged.name());
  tagged.for_each([this](const TaggedKey::Tag& tag) { count(tag.first, tag.second); });
}

void TagIndex::count(std::string_view tag, std::string_view value) {
  ValueCounts* const values = values_of(tag);
  if (values == nullptr || !values->count(value, room_)) ++left_out_now_;
}

/// nullptr when it is new, and there is no room for it.
ValueCounts* TagIndex::values_of(std::string_view tag) {
  const auto known = tags_.find(tag);
  if (known != tags_.end()) return &known->second;
  if (tags_.size() == kMostTags || room_ < kTagBytes) return nullptr;
  room_ -= kTagBytes;
  return &tags_.try_emplace(std::string(tag), seed_).first->second;
}

void TagIndex::turn() {
  for (auto& [tag, values] : tags_) room_ += values.turn();
  room_ += kTagBytes * std::erase_if(tags_, [](const auto& tag) { return tag.second.empty(); });
  left_out_ = std::exchange(left_out_now_, 0);
}

std::vector<std::string> TagIndex::tags(std::string_view prefix) const {
  std::vector<std::string> found;
  for (auto tag = tags_.lower_bound(prefix); tag != tags_.end() && tag->first.starts_with(prefix); ++tag)
    if (!tag->second.empty()) found.push_back(tag->first);
  return found;
}

std::vector<ValueCounts::Value> TagIndex::values(std::string_view tag, size_t most, std::string_view prefix,
                                                 std::string_view after) const {
  const auto known = tags_.find(tag);
  return known == tags_.end() ? std::vector<ValueCounts::Value>() : known->second.first(most, prefix, after);
}

}  // namespace kilometric
