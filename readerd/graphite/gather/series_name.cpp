#include "readerd/graphite/gather/series_name.h"

#include "readerd/keys/tagged_key.h"

namespace kilometric::graphite {

std::string name_alone(const Meaning& meaning, std::string_view key) {
  return meaning.before + std::string(TaggedKey(key).name()) + meaning.behind;
}

std::string series_name(const Meaning& meaning, std::string_view key) {
  return name_alone(meaning, key).append(key.substr(TaggedKey(key).name().size()));
}

std::map<std::string, std::string> series_tags(const Meaning& meaning, std::string_view key) {
  std::map<std::string, std::string> tags;
  TaggedKey(key).for_each([&](const TaggedKey::Tag& tag) { tags[std::string(tag.first)] = tag.second; });
  tags["name"] = name_alone(meaning, key);
  return tags;
}

}  // namespace kilometric::graphite
