// What readerd has counted about itself since it started, for `GET /metrics`. Owned by the Reader; the routes
// count answers, the store pages, who follows the tags walks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace kilometric {

struct Metrics {
  std::map<std::pair<std::string, int>, uint64_t> answers;  ///< by route and status
  uint64_t answers_total = 0;
  uint64_t pages_read = 0;
  uint64_t entries_skipped = 0;
  uint64_t hours_damaged = 0;    ///< packed hours that could not be read, each time
  uint64_t tag_walks = 0;        ///< over all keys, for their tags
  uint64_t tag_index_bytes = 0;  ///< now
  uint64_t tags_left_out = 0;    ///< of series, in the last walk, for want of room

  void count_answer(std::string_view route, int status);

  /// In Prometheus' text format.
  std::string text(size_t connections, size_t lives, bool redis_up) const;
};

}  // namespace kilometric
