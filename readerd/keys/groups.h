// The series of a query in groups that are put together, by the values of tags.
//
// A group is called by its name and these tags, as the key of a metric that has no others: of
// `ms;dc=eu;host=a` and `ms;dc=us;host=a` by host, `ms;host=a`. A metric without the tag is in the group
// without it, so that no sample is left out.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace kilometric {

struct Group {
  std::string name;
  size_t size;  ///< so many keys
};

/// The groups in the order of their names; puts `keys` in the order of their groups. `all`: how the name is
/// called of which all groups are, whatever the keys' names; empty: each name has groups of its own.
std::vector<Group> make_groups(std::vector<std::string>& keys, const std::vector<std::string>& by,
                               const std::string& all);

}  // namespace kilometric
