#include "readerd/keys/groups.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace kilometric;

TEST_SUITE_BEGIN("readerd/keys");

namespace {

/// Each group as `name: key key`.
std::string groups_of(std::vector<std::string> keys, const std::vector<std::string>& by,
                      const std::string& all = "") {
  std::string text;
  size_t at = 0;
  for (const Group& group : make_groups(keys, by, all)) {
    text.append(text.empty() ? "" : "\n").append(group.name).append(":");
    for (size_t i = 0; i < group.size; ++i) text.append(" ").append(keys.at(at++));
  }
  CHECK(at == keys.size());
  return text;
}

}  // namespace

TEST_CASE("series are grouped by the values of tags") {
  const std::vector<std::string> keys{"ms", "ms;dc=eu;host=b", "ms;dc=us;host=a", "ms;dc=eu;host=a",
                                      "ms;dc=us"};
  CHECK(groups_of(keys, {"host"}) ==
        "ms: ms ms;dc=us\nms;host=a: ms;dc=eu;host=a ms;dc=us;host=a\nms;host=b: ms;dc=eu;host=b");
  CHECK(groups_of(keys, {"host", "dc"}) ==
        "ms: ms\nms;dc=eu;host=a: ms;dc=eu;host=a\nms;dc=eu;host=b: ms;dc=eu;host=b\nms;dc=us: ms;dc=us\n"
        "ms;dc=us;host=a: ms;dc=us;host=a");
  CHECK(groups_of({}, {"host"}).empty());
}

TEST_CASE("names have groups of their own, unless all are called the same") {
  const std::vector<std::string> keys{"a;h=1", "a;h=2", "b;h=1"};
  CHECK(groups_of(keys, {"h"}) == "a;h=1: a;h=1\na;h=2: a;h=2\nb;h=1: b;h=1");
  CHECK(groups_of(keys, {"h"}, "a,b") == "a,b;h=1: a;h=1 b;h=1\na,b;h=2: a;h=2");
  CHECK(groups_of(keys, {"name"}) == "a: a;h=1 a;h=2\nb: b;h=1");
  CHECK(groups_of(keys, {"name"}, "a,b") == "a: a;h=1 a;h=2\nb: b;h=1");
}
