#include "ingestd/spool/spool.h"

#include <algorithm>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

#include "ingestd/spool/merge.h"
#include "ingestd/system/atomic_file.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

/// At a time: there may be thousands to do when the limit was lowered, and the flusher has other work.
constexpr int kMostMerges = 16;

}  // namespace

Spool::Spool(const fs::path& state_folder, uint64_t limit_bytes, uint64_t most_events)
    : pending_folder_(state_folder / "spool", "pending"),
      kept_folder_(state_folder / "spool", "kept"),
      aside_(state_folder / "spool", "aside"),
      doubtful_(state_folder / "spool", "doubtful"),
      leftovers_({&pending_folder_, &kept_folder_, &aside_.folder(), &doubtful_.folder()}),
      limit_(limit_bytes),
      most_events_(most_events),
      run_path_(state_folder / "spool" / "run") {
  make_folders();
  fs::remove(state_folder / "spool" / "unborn");
  given_out_ = GivenOut(state_folder / "spool" / "last");
  const Found pending = take_over(pending_folder_), kept = take_over(kept_folder_),
              aside = take_over(aside_.folder()), doubtful = take_over(doubtful_.folder());
  for (const auto& [number, batch] : pending) ledger_.add_pending(number, batch.bytes, batch.oldest_ms);
  for (const auto& [number, batch] : kept) ledger_.add_kept(number, batch.bytes, batch.oldest_ms);
  for (const auto& [number, batch] : aside) aside_.add(number, batch.oldest_ms);
  for (const auto& [number, batch] : doubtful) doubtful_.add(number, batch.oldest_ms);
  for (const Found* found : {&pending, &kept, &aside, &doubtful}) remove_covered(*found);
  if (const std::optional<uint64_t> oldest = ledger_.oldest_pending()) ledger_.try_batch(*oldest);
  std::getline(std::ifstream(run_path_), run_);
}

void Spool::make_folders() const {
  for (const SpoolFolder* folder : {&pending_folder_, &kept_folder_, &aside_.folder(), &doubtful_.folder()})
    folder->make();
}

Spool::Found Spool::take_over(SpoolFolder& folder) {
  Found found = folder.scan();
  for (const auto& [number, batch] : found) {
    given_out_.note(batch.header);
    harvested_.insert(batch.segments.begin(), batch.segments.end());
  }
  return found;
}

void Spool::remove_covered(const Found& found) {
  for (const auto& [number, batch] : found) {
    const uint64_t covered = batch.header.covers;
    if (covered == number) continue;
    ledger_.forget_pending(covered);
    ledger_.forget_kept(covered);
    aside_.forget(covered);
    doubtful_.forget(covered);
    leftovers_.remove(number, covered);
  }
}

void Spool::store(const BatchHeader& header, const Write& write) {
  const uint64_t bytes = pending_folder_.write(header, [&](BatchWriter& writer) {
    write(writer);
    for (const Identity& segment : harvested_) writer.add(segment);
  });
  stored_before_ = std::exchange(stored_, header.number);
  ledger_.add_pending(header.number, bytes, header.ms != 0 ? header.ms : Ledger::kNever);
  given_out_.note(header);
}

Batch Spool::next() {
  while (const std::optional<uint64_t> number = ledger_.next_to_look_up()) {
    if (Batch batch = kept_folder_.open(*number)) return batch;
    ledger_.forget_kept(*number);
  }
  while (const std::optional<uint64_t> number = ledger_.oldest_pending()) {
    if (Batch batch = pending_folder_.open(*number)) return batch;
    ledger_.forget_pending(*number);
  }
  return {};
}

void Spool::acknowledge(uint64_t number, int64_t now_ms) {
  if (ledger_.is_pending(number)) {
    make_folders();
    crash_point();
    const std::error_code error = pending_folder_.move(number, kept_folder_);
    crash_point();
    if (const fs::path place = pending_folder_.path(number); error && fs::exists(place))
      throw std::system_error(error, place.string());
  }
  ledger_.acknowledge(number, now_ms);
}

Batch Spool::change_ids(const Batch& batch, const std::map<size_t, uint64_t>& ms) {
  const uint64_t number = batch.header().number;
  const SpoolFolder& folder = ledger_.is_pending(number) ? pending_folder_ : kept_folder_;
  folder.write(batch.header(), [&](BatchWriter& writer) {
    for (size_t i = 0; i < batch.size(); ++i) {
      BatchEntry entry = batch[i];
      if (const auto found = ms.find(i); found != ms.end()) entry.ms = found->second;
      writer.add(entry);
    }
    for (const Identity& segment : batch.segments()) writer.add(segment);
  });
  Batch changed = Batch::open(folder.path(number));
  ledger_.set_ms(number, oldest_of(changed));
  return changed;
}

Spool::Entries Spool::excluded(const Batch& batch) {
  Entries entries = aside_.of(batch);
  entries.merge(doubtful_.of(batch));
  return entries;
}

fs::path Spool::leave_doubtful(const Batch& batch, const std::vector<size_t>& entries) {
  doubtful_.put(batch, entries);
  return doubtful_.folder().path(batch.header().number);
}

void Spool::forget_kept_before(uint64_t ms) {
  ledger_.settle_kept_before(ms);
  remove_settled();
}

/// What stays all the same is not looked up again: by then Redis may have trimmed it.
void Spool::remove_settled() {
  for (const uint64_t number : ledger_.settled())
    if (may_go(number) && kept_folder_.remove(number)) ledger_.forget_kept(number);
}

/// Whether nothing that lies there is named by this batch alone. The last two that were stored name it all: so
/// one of them may be damaged.
bool Spool::may_go(uint64_t number) {
  if (!leftovers_.gone(number)) return false;
  if (harvested_.empty() || number < stored_before_) return true;
  const Batch batch = kept_folder_.open(number);
  return std::ranges::none_of(harvested_, [&](const Identity& segment) { return names(batch, segment); });
}

void Spool::meet_run(std::string_view run, int64_t now_ms) {
  if (!run.empty() && run == run_) return ledger_.take_for_acknowledged(now_ms);
  ledger_.look_up_again();
  forget_run();
}

/// First of all: what the new run acknowledges is not the old one's.
void Spool::forget_run() {
  run_.clear();
  if (fs::remove(run_path_)) sync_folder(run_path_.parent_path());
}

void Spool::note_run(std::string_view run) {
  if (run == run_ || ledger_.to_send() > ledger_.pending()) return;
  try {
    write_whole(run_path_, run);
    run_ = run;
  } catch (const std::system_error&) {
    // then the next process looks up what is kept
  }
}

void Spool::tidy(std::string_view run, int64_t now_ms, int64_t on_disk_ms) {
  note_run(run);
  ledger_.settle_acknowledged_until(std::min(on_disk_ms, now_ms - kKeepMs));
  given_up_ += ledger_.settle_acknowledged_until(now_ms - kMostKeepMs);
  given_up_ += ledger_.settle_above(limit_ - std::min(limit_, bytes()), now_ms - kKeepMs);
  remove_settled();
  // Behind nothing else: the oldest pending batch is the one that may be on its way, see merging.
  if (ledger_.pending() > 0 || now_ms < aside_retry_ms_) return;
  const std::vector<uint64_t> free = aside_.free(ledger_);
  if (free.empty()) return;
  aside_retry_ms_ = now_ms + kAsideRetryMs;
  retry_aside(free.front());
}

void Spool::retry_aside(uint64_t number) {
  const uint64_t ms = aside_.ms(number);
  if (const std::optional<uint64_t> bytes = aside_.move(number, pending_folder_))
    ledger_.add_pending(number, *bytes, ms);
}

void Spool::merge() {
  for (int merges = 0; bytes() > limit_ && merges < kMostMerges; ++merges)
    if (!merge_pending()) break;
  while (merge(aside_) || merge(doubtful_)) {}
}

/// Adds up the two oldest that were not tried. False when nothing gets smaller by that: another pair, another
/// time.
bool Spool::merge_pending() {
  const std::vector<uint64_t> untried = leftovers_.without(ledger_.untried());
  if (untried.size() < 2) return false;
  const uint64_t older = untried[0], newer = untried[1];
  const uint64_t before = bytes();
  const std::optional<uint64_t> sum =
      add_up(pending_folder_, older, newer, {SumIds::of_the_sum, most_events_}, harvested_);
  const uint64_t ms = std::min(ledger_.ms(older), ledger_.ms(newer));
  ledger_.forget_pending(older);
  ledger_.forget_pending(newer);
  if (!sum) return bytes() < before;
  ledger_.add_pending(newer, *sum, ms);
  leftovers_.remove(newer, older);
  ++merges_;
  return bytes() < before;
}

/// Adds up the two oldest of what lies there and is free. False when there are not so many.
bool Spool::merge(EntriesAside& aside) {
  const std::vector<uint64_t> free = leftovers_.without(aside.free(ledger_));
  if (free.size() < 2) return false;
  const uint64_t older = free[0], newer = free[1];
  const bool there = add_up(aside.folder(), older, newer, {SumIds::own, most_events_}, harvested_).has_value();
  const uint64_t ms = std::min(aside.ms(older), aside.ms(newer));
  aside.forget(older);
  aside.forget(newer);
  if (!there) return true;
  aside.add(newer, ms);
  leftovers_.remove(newer, older);
  ++merges_;
  return true;
}

void Spool::newest_first(const std::function<bool(const Batch&)>& visit) {
  const std::vector<uint64_t> numbers = ledger_.all();
  for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
    SpoolFolder& folder = ledger_.is_pending(*number) ? pending_folder_ : kept_folder_;
    if (const Batch batch = folder.open(*number); batch && !visit(batch)) return;
  }
}

}  // namespace kilometric
