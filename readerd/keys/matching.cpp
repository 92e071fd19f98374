#include "readerd/keys/matching.h"

#include <uv.h>

#include <utility>

namespace kilometric {
namespace {

constexpr uint64_t kSliceNanoseconds = 2'000'000;

}  // namespace

void Matching::match(const KeyFilter& filter, Keys keys, Alive alive, OnMatched on_matched) {
  works_.push_back(
      std::make_unique<Work>(Work{filter, std::move(keys), std::move(alive), std::move(on_matched), {}}));
  slice_.ask();
}

void Matching::run() {
  std::unique_ptr<Work> work = std::move(works_.front());
  works_.pop_front();
  const uint64_t end = uv_hrtime() + kSliceNanoseconds;
  std::vector<bool>& matched = work->matched;
  const bool alive = work->alive();
  // Reading the clock costs as much as a usual match. A match at its worst takes two milliseconds, so the clock
  // is read before each.
  while (alive && matched.size() < work->keys.size() && uv_hrtime() < end)
    matched.push_back(work->filter.matches(work->keys[matched.size()]));
  const bool done = matched.size() == work->keys.size();
  if (alive && !done) works_.push_back(std::exchange(work, nullptr));
  if (!works_.empty()) slice_.ask();
  if (alive && done) work->on_matched(matched);
}

}  // namespace kilometric
