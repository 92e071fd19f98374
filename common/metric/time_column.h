// The times of an hour's points, a column (column.h): in ms after its start, within it, and none before the one
// before. Nearly always all are as far from each other; then none of them is read.
//
// Owned by what reads an hour's points. The bytes may be anybody's: where times are not such, there are no
// further ones, and it is not sound().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/metric/column.h"

namespace kilometric {

class TimeColumn {
 public:
  static constexpr uint32_t kEnd = 3'600'000;  ///< of the hour

  /// Requires count > 0. `bytes` begin with the column, and behind it afterwards; false when they do not.
  bool open(std::string_view& bytes, size_t count);

  size_t left() const noexcept { return left_; }
  /// The next time. Requires that one is left, as those below do.
  uint32_t first() const noexcept { return next_; }
  uint32_t next() noexcept {
    const uint32_t time = next_;
    pass();
    return time;
  }
  /// Passes those before `end`, which the next one is, and returns how many they are.
  size_t pass_before(uint64_t end) noexcept;
  uint32_t last_passed() const noexcept { return last_; }

  /// Requires that none is left.
  bool sound() const noexcept { return sound_ && times_.sound(); }

 private:
  void pass() noexcept;
  void take(Wide time) noexcept;

  Column times_;
  bool regular_ = false, sound_ = true;
  uint32_t step_ = 0;  ///< of regular ones
  uint32_t last_ = 0, next_ = 0;
  size_t left_ = 0;
};

}  // namespace kilometric
