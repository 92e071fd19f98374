#include "readerd/keys/groups.h"

#include <algorithm>
#include <utility>

#include "readerd/keys/tagged_key.h"

namespace kilometric {
namespace {

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::string group_of(std::string_view key, const std::vector<std::string>& by, const std::string& all) {
  const TaggedKey tagged(key);
  std::string name(all.empty() || has(by, "name") ? tagged.name() : all);
  tagged.for_each([&](const TaggedKey::Tag& tag) {
    if (has(by, tag.first)) name.append(1, ';').append(tag.first).append(1, '=').append(tag.second);
  });
  return name;
}

}  // namespace

std::vector<Group> make_groups(std::vector<std::string>& keys, const std::vector<std::string>& by,
                               const std::string& all) {
  std::vector<std::pair<std::string, std::string>> sorted;  // group and key
  for (std::string& key : keys) {
    std::string group = group_of(key, by, all);
    sorted.emplace_back(std::move(group), std::move(key));
  }
  std::ranges::sort(sorted);
  std::vector<Group> groups;
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (groups.empty() || groups.back().name != sorted[i].first) groups.push_back({sorted[i].first, 0});
    ++groups.back().size;
    keys[i] = std::move(sorted[i].second);
  }
  return groups;
}

}  // namespace kilometric
