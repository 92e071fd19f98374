#include "ingestd/send/open_batch.h"

#include <algorithm>
#include <utility>

#include "common/redis/layout.h"

namespace kilometric {

OpenBatch::OpenBatch(Batch batch, const Spool::Entries& excluded, uint64_t most_events)
    : batch_(std::move(batch)), states_(batch_.size(), State::todo), command_(most_events) {
  if (excluded.empty()) return;
  for (size_t i = 0; i < states_.size(); ++i)
    if (excluded.contains(EntriesAside::name_of(batch_, i))) states_[i] = State::done;
}

void OpenBatch::leave_out(const SlotSet& slots) {
  if (slots.none()) return;
  for (size_t i = 0; i < states_.size(); ++i)
    if (states_[i] == State::todo && slots.test(slot_of(stream_of(i)))) states_[i] = State::done;
}

std::optional<size_t> OpenBatch::take_next() {
  while (next_ < states_.size() && states_[next_] != State::todo) ++next_;
  if (all_taken()) return std::nullopt;
  states_[next_] = State::sent;
  return next_++;
}

std::string OpenBatch::stream_of(size_t index) const {
  const BatchEntry entry = batch_[index];
  return layout::stream_name(entry.delta.kind(), entry.key);
}

std::string OpenBatch::id_of(size_t index) const {
  const BatchHeader& header = batch_.header();
  const BatchEntry entry = batch_[index];
  uint64_t second = entry.ms == 0 ? header.instance : layout::late_second_part(header.instance, header.number);
  if (entry.delta.kind() == Kind::event) second = number_of_event(entry.key);
  return std::to_string(batch_.ms(entry)) + "-" + std::to_string(second);
}

std::string_view OpenBatch::command_of(size_t index) {
  const StoredEntry entry = batch_.stored(index);
  const bool event = entry.kind == Kind::event;  // each has an ID of its own
  if (event || command_ms_ != entry.ms) command_.set_id(id_of(index));
  command_ms_ = event ? std::nullopt : std::optional(entry.ms);
  return entry.delta.empty() ? command_.text(entry.key, batch_[index].delta) : command_.text(entry);
}

void OpenBatch::set_late(size_t index, uint64_t top_ms) {
  set(index, State::late);
  late_[index] = top_ms;
}

std::vector<size_t> OpenBatch::aside() const {
  std::vector<size_t> aside;
  for (size_t i = 0; i < states_.size(); ++i)
    if (states_[i] == State::no_stream || states_[i] == State::full) aside.push_back(i);
  return aside;
}

std::map<size_t, uint64_t> OpenBatch::new_ids(uint64_t now) const {
  std::map<size_t, uint64_t> ms;
  for (const auto& [index, top_ms] : late_)
    ms[index] = std::max({now, top_ms + 1, batch_.ms(batch_[index]) + 1});
  return ms;
}

std::vector<size_t> OpenBatch::doubtful() const {
  std::vector<size_t> doubtful;
  for (size_t i = 0; i < states_.size(); ++i)
    if (states_[i] == State::doubtful) doubtful.push_back(i);
  return doubtful;
}

void OpenBatch::take_new_ids(Batch batch) {
  batch_ = std::move(batch);
  for (const auto& [index, top_ms] : late_) set(index, State::todo);
  late_.clear();
  go_over_again();
}

bool OpenBatch::all_done() const {
  return std::all_of(states_.begin(), states_.end(), [](State state) { return state == State::done; });
}

}  // namespace kilometric
