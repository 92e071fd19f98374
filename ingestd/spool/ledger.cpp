#include "ingestd/spool/ledger.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kilometric {

uint64_t Ledger::pending_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [number, pending] : pending_) bytes += pending.bytes;
  return bytes;
}

uint64_t Ledger::kept_bytes() const {
  uint64_t bytes = 0;
  for (const auto& [number, kept] : kept_) bytes += kept.size.bytes;
  return bytes;
}

std::optional<uint64_t> Ledger::oldest_pending() const {
  return pending_.empty() ? std::nullopt : std::optional(pending_.begin()->first);
}

bool Ledger::try_batch(uint64_t number) {
  const auto pending = pending_.find(number);
  return pending == pending_.end() || std::exchange(pending->second.tried, true);
}

std::vector<uint64_t> Ledger::untried() const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, pending] : pending_)
    if (number != pending_.begin()->first) numbers.push_back(number);
  return numbers;
}

void Ledger::acknowledge(uint64_t number, int64_t now_ms) {
  const Size* const size = find(number);
  kept_[number] = {now_ms, State::acknowledged, false, size ? *size : Size{0, kNever}};
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

void Ledger::take_for_acknowledged(int64_t now_ms) {
  for (auto& [number, kept] : kept_)
    if (kept.state == State::to_look_up) kept = {now_ms, State::acknowledged, kept.taken_over, kept.size};
}

size_t Ledger::settle_acknowledged_until(int64_t ms) {
  size_t settled = 0;
  for (auto& [number, kept] : kept_)
    if (kept.state == State::acknowledged && kept.acknowledged_ms <= ms) {
      kept.state = State::settled;
      ++settled;
    }
  return settled;
}

size_t Ledger::settle_above(uint64_t bytes, int64_t ms) {
  size_t settled = 0;
  uint64_t left = kept_bytes();
  for (auto& [number, kept] : kept_) {
    if (left <= bytes) break;
    if (kept.state == State::acknowledged && kept.acknowledged_ms <= ms) {
      kept.state = State::settled;
      ++settled;
    }
    if (kept.state == State::settled) left -= kept.size.bytes;
  }
  return settled;
}

void Ledger::settle_kept_before(uint64_t id_ms) {
  for (auto& [number, kept] : kept_)
    if (kept.taken_over && kept.size.ms < id_ms) kept.state = State::settled;
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

const Ledger::Size* Ledger::find(uint64_t number) const {
  if (const auto pending = pending_.find(number); pending != pending_.end()) return &pending->second;
  const auto kept = kept_.find(number);
  return kept == kept_.end() ? nullptr : &kept->second.size;
}

uint64_t Ledger::ms(uint64_t number) const {
  const Size* const size = find(number);
  return size ? size->ms : kNever;
}

void Ledger::set_ms(uint64_t number, uint64_t ms) {
  if (const auto pending = pending_.find(number); pending != pending_.end())
    pending->second.ms = ms;
  else if (const auto kept = kept_.find(number); kept != kept_.end())
    kept->second.size.ms = ms;
}

uint64_t Ledger::oldest_ms() const {
  uint64_t oldest = kNever;
  for (const auto& [number, pending] : pending_) oldest = std::min(oldest, pending.ms);
  for (const auto& [number, kept] : kept_)
    if (kept.state != State::settled) oldest = std::min(oldest, kept.size.ms);
  return oldest;
}

}  // namespace kilometric
