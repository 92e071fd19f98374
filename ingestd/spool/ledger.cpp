#include "ingestd/spool/ledger.h"

#include <algorithm>
#include <iterator>

namespace kilometric {

uint64_t Ledger::pending_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [number, pending] : pending_) bytes += pending.bytes;
  return bytes;
}

std::optional<uint64_t> Ledger::oldest_pending() const {
  return pending_.empty() ? std::nullopt : std::optional(pending_.begin()->first);
}

std::vector<uint64_t> Ledger::untried() const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, pending] : pending_)
    if (number != pending_.begin()->first) numbers.push_back(number);
  return numbers;
}

void Ledger::acknowledge(uint64_t number, int64_t now_ms) {
  kept_[number] = {now_ms, State::acknowledged, ms(number)};
  pending_.erase(number);
}

std::optional<uint64_t> Ledger::next_to_look_up() const {
  for (const auto& [number, kept] : kept_)
    if (kept.state == State::to_look_up) return number;
  return std::nullopt;
}

void Ledger::look_up_again() {
  for (auto& [number, kept] : kept_)
    if (kept.state == State::acknowledged) kept.state = State::to_look_up;
}

void Ledger::settle_acknowledged_until(int64_t ms) {
  for (auto& [number, kept] : kept_)
    if (kept.state == State::acknowledged && kept.acknowledged_ms <= ms) kept.state = State::settled;
}

void Ledger::settle_kept_before(uint64_t id_ms) {
  for (auto& [number, kept] : kept_)
    if (kept.acknowledged_ms == 0 && kept.ms < id_ms) kept.state = State::settled;
}

std::vector<uint64_t> Ledger::settled() const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, kept] : kept_)
    if (kept.state == State::settled) numbers.push_back(number);
  return numbers;
}

std::vector<uint64_t> Ledger::all() const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, pending] : pending_) numbers.push_back(number);
  for (const auto& [number, kept] : kept_)
    if (!pending_.contains(number)) numbers.push_back(number);
  std::ranges::sort(numbers);
  return numbers;
}

size_t Ledger::to_send() const {
  return pending_.size() + static_cast<size_t>(std::ranges::count_if(
                               kept_, [](const auto& kept) { return kept.second.state == State::to_look_up; }));
}

uint64_t Ledger::ms(uint64_t number) const {
  const auto pending = pending_.find(number);
  if (pending != pending_.end()) return pending->second.ms;
  const auto kept = kept_.find(number);
  return kept == kept_.end() ? kNever : kept->second.ms;
}

void Ledger::set_ms(uint64_t number, uint64_t ms) {
  if (const auto pending = pending_.find(number); pending != pending_.end())
    pending->second.ms = ms;
  else if (const auto kept = kept_.find(number); kept != kept_.end())
    kept->second.ms = ms;
}

uint64_t Ledger::oldest_ms() const {
  uint64_t oldest = kNever;
  for (const auto& [number, pending] : pending_) oldest = std::min(oldest, pending.ms);
  for (const auto& [number, kept] : kept_)
    if (kept.state != State::settled) oldest = std::min(oldest, kept.ms);
  return oldest;
}

}  // namespace kilometric
