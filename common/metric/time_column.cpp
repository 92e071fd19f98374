#include "common/metric/time_column.h"

namespace kilometric {

bool TimeColumn::open(std::string_view& bytes, size_t count) {
  if (!times_.open(bytes, count)) return false;
  left_ = count;
  regular_ = times_.is_regular();
  if (!regular_) return take(times_.next()), sound_;
  const Wide step = times_.step(), first = times_.first();
  if (step < 0 || step >= kEnd || first < 0 || first >= kEnd ||
      first + step * static_cast<Wide>(count - 1) >= kEnd)
    return false;
  step_ = static_cast<uint32_t>(step);
  next_ = static_cast<uint32_t>(first);
  return true;
}

size_t TimeColumn::pass_before(uint64_t end) noexcept {
  const size_t before = left_;
  if (!regular_) {
    while (left_ > 0 && next_ < end) pass();
    return before - left_;
  }
  const uint32_t rest = static_cast<uint32_t>(std::min<uint64_t>(end, kEnd)) - next_;
  const size_t count = step_ == 0 ? left_ : std::min<size_t>(left_, (rest - 1) / step_ + 1);
  last_ = next_ + static_cast<uint32_t>(count - 1) * step_;
  next_ = last_ + step_;
  left_ -= count;
  return count;
}

void TimeColumn::pass() noexcept {
  last_ = next_;
  if (--left_ == 0) return;
  if (regular_)
    next_ += step_;
  else
    take(times_.next());
}

void TimeColumn::take(Wide time) noexcept {
  sound_ = time >= Wide{last_} && time < kEnd;
  if (sound_)
    next_ = static_cast<uint32_t>(time);
  else
    left_ = 0;
}

}  // namespace kilometric
