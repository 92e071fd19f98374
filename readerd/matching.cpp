#include "readerd/matching.h"

#include <uv.h>

#include <chrono>
#include <utility>

namespace kilometric {
namespace {

constexpr uint64_t kSliceNanoseconds = 2'000'000;
constexpr size_t kKeysAtOnce = 16;  // a look at the clock costs less than that

}  // namespace

void Matching::match(const Glob& glob, Keys keys, Wanted wanted, OnMatched on_matched) {
  works_.push_back(std::make_unique<Work>(Work{glob, std::move(keys), std::move(wanted), std::move(on_matched), {}}));
  if (!timer_.active()) timer_.start(std::chrono::milliseconds(0));
}

void Matching::run() {
  std::unique_ptr<Work> work = std::move(works_.front());
  works_.pop_front();
  const uint64_t end = uv_hrtime() + kSliceNanoseconds;
  std::vector<bool>& matched = work->matched;
  const bool wanted = work->wanted();
  while (wanted && matched.size() < work->keys.size()) {
    matched.push_back(work->glob.matches(work->keys[matched.size()]));
    if (matched.size() % kKeysAtOnce == 0 && uv_hrtime() > end) break;
  }
  const bool done = matched.size() == work->keys.size();
  if (wanted && !done) works_.push_back(std::move(work));
  if (!works_.empty()) timer_.start(std::chrono::milliseconds(0));
  if (wanted && done) work->on_matched(matched);
}

}  // namespace kilometric
