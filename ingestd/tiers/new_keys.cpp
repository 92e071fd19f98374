#include "ingestd/tiers/new_keys.h"

#include <memory>
#include <utility>

namespace kilometric {
namespace {

constexpr size_t kTurns = 20;         ///< at a time
constexpr size_t kMostWait = 20'000;  ///< when there are more, a pass gets to them

}  // namespace

void NewKeys::add(Kind kind, std::string key) {
  if (waiting_.size() < kMostWait)
    waiting_.push_back({kind, std::move(key)});
  else
    on_missed_();
  take_turns();
}

void NewKeys::take_turns() {
  while (!waiting_.empty() && in_flight_ < kTurns) {
    Key key = std::move(waiting_.front());
    waiting_.pop_front();
    ++in_flight_;
    std::make_shared<KeyTurn>(context_, key.kind, std::move(key.name), now_(), false,
                              [this](const std::string&, const auto& failure) { on_turn(failure); })
        ->start();
  }
}

void NewKeys::on_turn(const std::optional<Failure>& failure) {
  --in_flight_;
  if (failure && failure->why != Failure::Why::wrong_type) on_missed_();
  if (failure && failure->why == Failure::Why::lost) waiting_.clear();
  take_turns();
}

}  // namespace kilometric
