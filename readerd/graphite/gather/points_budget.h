// How many points all requests together may hold; evaluating them takes as much again, once or twice.
//
// One for all requests. Each takes what it will hold before it reads it, and gives it back when it ends.
#pragma once

#include <cstddef>

namespace kilometric::graphite {

struct PointsBudget {
  size_t left = 10'000'000;  ///< 80 MB
};

class PointsHeld {
 public:
  explicit PointsHeld(PointsBudget& budget) : budget_(budget) {}
  ~PointsHeld() { budget_.left += taken_; }
  PointsHeld(const PointsHeld&) = delete;
  PointsHeld& operator=(const PointsHeld&) = delete;

  /// False when there are not so many.
  bool take(size_t points) {
    if (points > budget_.left) return false;
    budget_.left -= points;
    taken_ += points;
    return true;
  }

 private:
  PointsBudget& budget_;
  size_t taken_ = 0;
};

}  // namespace kilometric::graphite
