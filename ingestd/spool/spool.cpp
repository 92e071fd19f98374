#include "ingestd/spool/spool.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "ingestd/spool/key_sums.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

/// At a time: there may be thousands to do when the limit was lowered, and the flusher has other work.
constexpr int kMostMerges = 16;

constexpr uint64_t kNever = ~uint64_t{0};

void sum_up(KeySums& sums, const Batch& batch, bool with_ms) {
  for (size_t i = 0; i < batch.size(); ++i) {
    BatchEntry entry = batch[i];
    entry.ms = with_ms ? batch.ms(entry) : 0;
    sums.then(entry);
  }
}

bool names(const Batch& batch, const Identity& segment) {
  return batch && std::ranges::count(batch.segments(), segment) > 0;
}

}  // namespace

Spool::Spool(const fs::path& state_folder, uint64_t limit_bytes)
    : pending_folder_(state_folder / "spool", "pending"),
      kept_folder_(state_folder / "spool", "kept"),
      aside_folder_(state_folder / "spool", "aside"),
      limit_(limit_bytes) {
  make_folders();
  fs::remove(state_folder / "spool" / "unborn");
  open_last(state_folder / "spool" / "last");
  const Found pending = take_over(pending_folder_), kept = take_over(kept_folder_),
              aside = take_over(aside_folder_);
  for (const auto& [number, batch] : pending) pending_[number] = {batch.bytes, batch.oldest_ms};
  for (const auto& [number, batch] : kept) kept_[number] = {0, KeptState::to_look_up, batch.oldest_ms};
  for (const auto& [number, batch] : aside) aside_[number] = batch.oldest_ms;
  for (const Found* found : {&pending, &kept, &aside}) note_covered(*found);
  count_bytes();
}

void Spool::make_folders() const {
  for (const SpoolFolder* folder : {&pending_folder_, &kept_folder_, &aside_folder_}) folder->make();
}

void Spool::open_last(const fs::path& path) {
  std::error_code error;
  const bool there = fs::file_size(path, error) == sizeof(Last) && !error;
  last_file_ =
      there ? MappedFile::open(path, MappedFile::Access::write) : MappedFile::create(path, sizeof(Last));
  last_ = reinterpret_cast<Last*>(last_file_.data());
}

Spool::Found Spool::take_over(SpoolFolder& folder) {
  Found found = folder.scan();
  for (const auto& [number, batch] : found) {
    note(batch.header);
    harvested_.insert(batch.segments.begin(), batch.segments.end());
  }
  return found;
}

/// A sum may have left the folder it was made in, so what it covers is looked for in all of them.
void Spool::note_covered(const Found& found) {
  for (const auto& [number, batch] : found) {
    const uint64_t covered = batch.header.covers;
    if (covered == number) continue;
    pending_.erase(covered);
    kept_.erase(covered);
    aside_.erase(covered);
    leftovers_[number] = covered;
    leftover_is_gone(number);
  }
}

/// Of the batch that this one covers, if it covers one.
bool Spool::leftover_is_gone(uint64_t number) {
  const auto found = leftovers_.find(number);
  if (found == leftovers_.end()) return true;
  bool gone = true;
  for (SpoolFolder* folder : {&pending_folder_, &kept_folder_, &aside_folder_})
    gone = folder->remove(found->second) && gone;
  if (gone) leftovers_.erase(found);
  return gone;
}

/// After a power cut `last` may be older than the batches.
void Spool::note(const BatchHeader& header) {
  last_->number = std::max(last_->number, header.number);
  last_->ms = std::max(last_->ms, header.ms);
}

uint64_t Spool::new_ms(int64_t now_ms) {
  last_->ms = std::max(static_cast<uint64_t>(now_ms), last_->ms + 1);
  return last_->ms;
}

void Spool::count_bytes() {
  bytes_ = 0;
  for (const auto& [number, pending] : pending_) bytes_ += pending.bytes;
}

size_t Spool::to_send() const {
  return pending_.size() + static_cast<size_t>(std::ranges::count_if(kept_, [](const auto& kept) {
           return kept.second.state == KeptState::to_look_up;
         }));
}

uint64_t Spool::oldest_ms() const {
  uint64_t oldest = kNever;
  for (const auto& [number, pending] : pending_) oldest = std::min(oldest, pending.ms);
  for (const auto& [number, kept] : kept_)
    if (kept.state != KeptState::settled) oldest = std::min(oldest, kept.ms);
  return oldest;
}

void Spool::store(const BatchHeader& header, const Write& write) {
  const uint64_t bytes = pending_folder_.write(header, [&](BatchWriter& writer) {
    write(writer);
    for (const Identity& segment : harvested_) writer.add(segment);
  });
  stored_before_ = std::exchange(stored_, header.number);
  pending_[header.number] = {bytes, header.ms != 0 ? header.ms : kNever};
  note(header);
  count_bytes();
}

Batch Spool::next() {
  for (auto at = kept_.begin(); at != kept_.end();) {
    if (at->second.state == KeptState::to_look_up) {
      if (Batch batch = kept_folder_.open(at->first)) return batch;
      at = kept_.erase(at);
    } else {
      ++at;
    }
  }
  while (!pending_.empty()) {
    const uint64_t number = pending_.begin()->first;
    if (Batch batch = pending_folder_.open(number)) return batch;
    pending_.erase(number);
    count_bytes();
  }
  return {};
}

Spool::Entries Spool::excluded(const Batch& batch) {
  Entries entries;
  const uint64_t number = batch.header().number;
  if (!aside_.contains(number)) return entries;
  const Batch aside = aside_folder_.open(number);
  if (!aside) aside_.erase(number);
  for (size_t i = 0; i < aside.size(); ++i) entries.emplace(aside[i].key, aside.ms(aside[i]));
  return entries;
}

void Spool::acknowledge(uint64_t number, int64_t now_ms) {
  if (const auto found = pending_.find(number); found != pending_.end()) {
    make_folders();
    crash_point();
    const std::error_code error = pending_folder_.move(number, kept_folder_);
    crash_point();
    if (const fs::path place = pending_folder_.path(number); error && fs::exists(place))
      throw std::system_error(error, place.string());
    kept_[number].ms = found->second.ms;
    pending_.erase(found);
    count_bytes();
  }
  kept_[number].acknowledged_ms = now_ms;
  kept_[number].state = KeptState::acknowledged;
}

Batch Spool::change_ids(const Batch& batch, const std::map<size_t, uint64_t>& ms) {
  const uint64_t number = batch.header().number;
  const SpoolFolder& folder = pending_.contains(number) ? pending_folder_ : kept_folder_;
  folder.write(batch.header(), [&](BatchWriter& writer) {
    for (size_t i = 0; i < batch.size(); ++i) {
      BatchEntry entry = batch[i];
      if (const auto found = ms.find(i); found != ms.end()) entry.ms = found->second;
      writer.add(entry);
    }
    for (const Identity& segment : batch.segments()) writer.add(segment);
  });
  Batch changed = Batch::open(folder.path(number));
  const auto found = pending_.find(number);
  (found != pending_.end() ? found->second.ms : kept_[number].ms) = oldest_of(changed);
  return changed;
}

void Spool::put_entries_aside(const Batch& batch, const std::vector<size_t>& entries) {
  BatchHeader header = batch.header();
  header.covers = header.number;
  const Entries already = excluded(batch);
  Batch earlier;
  if (!already.empty()) earlier = aside_folder_.open(header.number);
  aside_folder_.write(header, [&](BatchWriter& writer) {
    for (size_t i = 0; i < earlier.size(); ++i) writer.add(earlier[i]);
    for (const size_t index : entries) {
      BatchEntry entry = batch[index];
      entry.ms = batch.ms(entry);
      if (!already.contains({std::string(entry.key), entry.ms})) writer.add(entry);
    }
  });
  uint64_t& oldest = aside_.try_emplace(header.number, kNever).first->second;
  for (const size_t index : entries) oldest = std::min(oldest, batch.ms(batch[index]));
}

/// What was set aside from batches that are neither pending nor kept, and so is all there is of them.
std::vector<uint64_t> Spool::free_aside() const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, ms] : aside_)
    if (!kept_.contains(number) && !pending_.contains(number)) numbers.push_back(number);
  return numbers;
}

void Spool::forget_kept_before(uint64_t ms) {
  for (auto& [number, kept] : kept_)
    if (kept.acknowledged_ms == 0 && kept.ms < ms) kept.state = KeptState::settled;
  remove_settled();
}

/// What stays all the same is not looked up again: by then Redis may have trimmed it.
void Spool::remove_settled() {
  std::erase_if(kept_, [this](const auto& kept) {
    return kept.second.state == KeptState::settled && may_go(kept.first) && kept_folder_.remove(kept.first);
  });
}

/// Whether nothing that lies there is named by this batch alone. The last two that were stored name it all: so
/// one of them may be damaged.
bool Spool::may_go(uint64_t number) {
  return leftover_is_gone(number) &&
         (harvested_.empty() || number < stored_before_ || !names_harvested(kept_folder_.open(number)));
}

bool Spool::names_harvested(const Batch& batch) const {
  return std::ranges::any_of(harvested_, [&](const Identity& segment) { return names(batch, segment); });
}

void Spool::recheck() {
  for (auto& [number, kept] : kept_)
    if (kept.state == KeptState::acknowledged) kept.state = KeptState::to_look_up;
}

void Spool::tidy(int64_t now_ms) {
  for (auto& [number, kept] : kept_)
    if (kept.state == KeptState::acknowledged && now_ms - kept.acknowledged_ms >= kKeepMs)
      kept.state = KeptState::settled;
  remove_settled();
  // Behind nothing else: the oldest pending batch is the one that may be on its way, see merging.
  if (!pending_.empty() || now_ms < aside_retry_ms_) return;
  const std::vector<uint64_t> free = free_aside();
  if (free.empty()) return;
  aside_retry_ms_ = now_ms + kAsideRetryMs;
  retry_aside(free.front());
}

void Spool::retry_aside(uint64_t number) {
  std::error_code error;
  const auto bytes = fs::file_size(aside_folder_.path(number), error);
  if (!error) error = aside_folder_.move(number, pending_folder_);
  if (error) return spdlog::error("{}: {}", aside_folder_.path(number).string(), error.message());
  pending_[number] = {bytes, aside_[number]};
  aside_.erase(number);
  count_bytes();
}

/// The oldest may be on its way to Redis, so it is left alone.
std::vector<uint64_t> Spool::untried_pending() const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, pending] : pending_)
    if (number != pending_.begin()->first) numbers.push_back(number);
  return numbers;
}

/// A sum names one batch that it covers, so one whose leftover is still there is not merged again.
std::vector<uint64_t> Spool::mergeable(std::vector<uint64_t> numbers) {
  std::erase_if(numbers, [this](uint64_t number) { return !leftover_is_gone(number); });
  return numbers;
}

void Spool::merge() {
  for (int merges = 0; bytes_ > limit_ && merges < kMostMerges; ++merges) {
    const std::vector<uint64_t> untried = mergeable(untried_pending());
    if (untried.size() < 2) break;
    const uint64_t older = untried[0], newer = untried[1];
    const uint64_t before = bytes_;
    const std::optional<uint64_t> sum = add_up(pending_folder_, older, newer, false);
    const uint64_t ms = std::min(pending_[older].ms, pending_[newer].ms);
    pending_.erase(older);
    pending_.erase(newer);
    if (sum) pending_[newer] = {*sum, ms};
    count_bytes();
    if (bytes_ >= before) break;  // no key in common: another pair, another time
  }
  for (std::vector<uint64_t> free; free = mergeable(free_aside()), free.size() >= 2;) {
    const bool there = add_up(aside_folder_, free[0], free[1], true).has_value();
    aside_[free[1]] = std::min(aside_[free[0]], aside_[free[1]]);
    aside_.erase(free[0]);
    if (!there) aside_.erase(free[1]);
  }
}

/// Merges `older` into `newer`, or what of them can be read. Returns the size of the sum; nothing when
/// neither could be read.
std::optional<uint64_t> Spool::add_up(SpoolFolder& folder, uint64_t older_number, uint64_t newer_number,
                                      bool with_ms) {
  const Batch older = folder.open(older_number), newer = folder.open(newer_number);
  if (!older && !newer) return std::nullopt;
  KeySums sums;
  sum_up(sums, older, with_ms);
  sum_up(sums, newer, with_ms);
  BatchHeader header = newer ? newer.header() : older.header();
  header.number = newer_number;
  header.covers = older_number;
  const uint64_t bytes = folder.write(header, [&](BatchWriter& writer) {
    for (const BatchEntry& entry : sums.entries()) writer.add(entry);
    for (const Identity& segment : harvested_)
      if (names(older, segment) || names(newer, segment)) writer.add(segment);
  });
  crash_point();
  leftovers_[newer_number] = older_number;
  leftover_is_gone(newer_number);
  ++merges_;
  return bytes;
}

void Spool::newest_first(const std::function<bool(const Batch&)>& visit) {
  std::map<uint64_t, SpoolFolder*> all;
  for (const auto& [number, kept] : kept_) all[number] = &kept_folder_;
  for (const auto& [number, pending] : pending_) all[number] = &pending_folder_;
  for (auto at = all.rbegin(); at != all.rend(); ++at)
    if (const Batch batch = at->second->open(at->first); batch && !visit(batch)) return;
}

}  // namespace kilometric
