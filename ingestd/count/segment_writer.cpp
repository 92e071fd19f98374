#include "ingestd/count/segment_writer.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/clock.h"
#include "common/log.h"
#include "common/metric/key.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLeastSlots = 1024;
constexpr int64_t kRetryMs = 1'000;
constexpr uint64_t kLeastReserve = 512;

constexpr uint64_t three_quarters(uint64_t slots) { return slots / 4 * 3; }

/// Slots of which `keys` keys fill no more than three quarters.
uint64_t slots_for(uint64_t keys) { return std::max(kLeastSlots, std::bit_ceil(keys + keys / 3 + 1)); }

/// A segment has room for this many cells a slot: the table is full before it, even with keys of 255 bytes.
constexpr uint64_t kCellsPerSlot = 8;

/// And for this many blocks: 4 KiB of address space a slot, of which memory is only what is used.
constexpr uint64_t kBlocksPerSlot = 64;

SegmentSize size_for(uint64_t slots) { return {slots * kCellsPerSlot, slots * kBlocksPerSlot}; }

}  // namespace

SegmentWriter::SegmentWriter(const fs::path& folder, unsigned index, WorkerFile& file, uint64_t max_keys,
                             const Grid& grid)
    : folder_(folder),
      index_(index),
      file_(file),
      max_keys_(max_keys),
      known_(folder, index, max_keys),
      hash_(known_.secret()),
      spellings_(hash_, max_keys),
      spare_(folder, index),
      segment_(open_next(kLeastSlots, {})),
      keys_(kLeastSlots),
      grid_(grid) {
  for (const SegmentName& name : list_segments(folder))
    if (name.worker == index && name.path != segment_.path())
      if (const auto segment = Segment::open(name.path))
        waiting_.push_back({name.path, segment->size().bytes()});
  forget_idle_keys();
}

void SegmentWriter::count(std::span<HashedLine> lines, Via via, std::optional<Cursor> next) noexcept {
  WorkerHeader& header = file_.header();
  const size_t entries = enter(lines);
  header.undo_log.open(entries, static_cast<uint32_t>(via), segment_.header().identity, header);
  add(lines, via);
  settle();
  if (next) header.cursor.store(*next, std::memory_order_relaxed);
  crash_point();
  header.undo_log.close();
  crash_point();
}

Outcome SegmentWriter::count(const Line& line, Via via) noexcept {
  const uint64_t hashed = hash(line.kind, line.key);
  HashedLine sample{line, hashed, likely_cell(hashed)};
  count({&sample, 1}, via);
  return sample.outcome;
}

/// Where the sample's key begins, as it was not where it was looked for. kNone when it is not to be counted, or
/// not here: the segment was rotated. A name with tags that are not spelled as they are stored is never found:
/// so only what is not found is asked for tags.
[[gnu::noinline]] uint64_t SegmentWriter::find_or_add(HashedLine& line) noexcept {
  const uint64_t segment = segment_.header().number;
  const auto here = [&](uint64_t added) {
    return segment_.header().number == segment ? added : KeyTable::kNone;
  };
  if (line.kind == Kind::event) return here(add_event(line));
  uint64_t found = keys_.find(line.kind, line.key, line.hash, segment_);
  if (found != KeyTable::kNone) return found;
  if (line.sent == nullptr && spellings_.may_hold_tags(line.key)) {
    spellings_.resolve(line, {});
    if (line.outcome != Outcome::accepted) return KeyTable::kNone;
    line.hash = hash(line.kind, line.key);
    found = keys_.find(line.kind, line.key, line.hash, segment_);
    if (found != KeyTable::kNone) return found;
  }
  return here(add_key(line));
}

/// Of a kind other than counter. False as above.
[[gnu::noinline]] bool SegmentWriter::enter_blocks(HashedLine& line, uint64_t at, UndoWords& undo) noexcept {
  if (line.kind == Kind::gauge && !gauge_signs_add_) line.bits = 0;
  if (prepare(segment_, at, line, undo)) return true;
  if (!grow()) line.outcome = line.kind == Kind::event ? Outcome::too_many_events : Outcome::refused;
  return false;
}

/// Enters the counters of all accepted samples into the undo log, in their order; returns how many.
/// Nothing is counted yet, so when a new key makes the segment rotate it can begin again: all counters
/// of a group are in one segment. It does so at once, as no sample is to be prepared twice in one segment.
size_t SegmentWriter::enter(std::span<HashedLine> lines) noexcept {
  UndoLog& log = file_.header().undo_log;
  for (;;) {
    const uint64_t segment = segment_.header().number;
    UndoWords undo(segment_);
    size_t entries = 0;
    for (HashedLine& line : lines) {
      if (line.outcome != Outcome::accepted) continue;
      uint64_t at = line.cell;
      if (!segment_.holds(at, line.kind, line.key)) at = find_or_add(line);
      if (at != KeyTable::kNone && (line.kind == Kind::counter || enter_blocks(line, at, undo)))
        log.enter(entries++, at, segment_.cell(at));
      else if (segment_.header().number != segment)
        break;
    }
    if (segment_.header().number == segment) {
      undo.end();
      return entries;
    }
    for (HashedLine& line : lines) line.cell = 0;  // what was looked up was the old one's
  }
}

/// Adds up what was entered, and the statistics.
void SegmentWriter::add(std::span<HashedLine> lines, Via via) noexcept {
  const UndoLog& log = file_.header().undo_log;
  std::atomic<uint64_t>* const samples = file_.header().samples;  // of a counter first
  size_t entry = 0;
  uint64_t accepted = 0, of_others = 0;
  for (HashedLine& line : lines) {
    if (line.outcome != Outcome::accepted) {
      end_line(line, via);
      crash_point();
      continue;
    }
    const uint64_t at = log.before[entry++].cell;
    Cell& cell = segment_.cell(at);
    bump(cell.whole, static_cast<uint64_t>(line.amount.whole));
    crash_point();
    if (const int64_t millionths = line.amount.millionths)
      bump(cell.millionths, static_cast<uint64_t>(millionths));
    crash_point();
    if (line.kind != Kind::counter) {
      apply(segment_, at, line);
      if (line.kind != Kind::event) bump(samples[static_cast<size_t>(line.kind) - 1]);
      crash_point();
      ++of_others;
      if (!end_line(line, via)) continue;
    }
    ++accepted;
  }
  bump(lines_by(via, Outcome::accepted), accepted);
  crash_point();
  bump(samples[0], entry - of_others);
  crash_point();
}

[[gnu::noinline]] void SegmentWriter::reject(Outcome outcome, Via via) noexcept {
  bump(lines_by(via, outcome));
}

/// A line has one outcome, the first that is bad of its samples'. True when it was accepted.
inline bool SegmentWriter::end_line(HashedLine& line, Via via) noexcept {
  if (broken_ == Outcome::accepted) broken_ = line.outcome;
  if (!line.ends_line) return false;
  line.outcome = std::exchange(broken_, Outcome::accepted);
  if (line.outcome == Outcome::accepted) return true;
  reject(line.outcome, via);
  return false;
}

bool SegmentWriter::has_room(uint64_t cells) noexcept {
  return segment_keys_ < three_quarters(keys_.slots()) && segment_.has_room(cells);
}

/// Returns the new key's cell, or kNone with the reason in the line's outcome. Only well-formed keys are
/// in the segment, so a key that is there needs no check.
uint64_t SegmentWriter::add_key(HashedLine& line) noexcept {
  if (key_error(line.key)) {
    line.outcome = Outcome::bad_key;
    return KeyTable::kNone;
  }
  const bool known = known_.knows(line.hash);
  const uint64_t cells = cells_for(line.key.size()) + (known ? 0 : reserve());
  if ((known || (has_spare_room() && !known_.is_full())) && (has_room(cells) || grow())) {
    known_.note(line.hash);
    return append_key(line);
  }
  line.outcome = Outcome::refused;
  return KeyTable::kNone;
}

/// For new keys and events. A full folder has none to give them: what each harvest frees the next segment
/// needs.
bool SegmentWriter::has_spare_room() noexcept {
  if (!spare_.kept() && boot_ms() >= spare_retry_ms_) {
    spare_.keep();
    spare_retry_ms_ = boot_ms() + kRetryMs;
  }
  return spare_.kept();
}

/// The cells that new keys must leave to known ones, for when the runtime folder is full: as many as the last
/// segment held and this one does not hold yet, and some.
uint64_t SegmentWriter::reserve() const noexcept {
  const uint64_t used = segment_.header().cells_used.load(std::memory_order_relaxed);
  return std::max(kLeastReserve, last_used_ - std::min(last_used_, used));
}

uint64_t SegmentWriter::append_key(const HashedLine& line) noexcept {
  const uint64_t at = append(line.kind, line.key);
  keys_.insert(line.hash, at);
  file_.stats().keys.store(known_.size(), std::memory_order_relaxed);
  return at;
}

/// As add_key(). Its blocks are made when it is prepared.
uint64_t SegmentWriter::add_event(HashedLine& line) noexcept {
  const uint64_t cells = cells_for(kEventKeyBytes) + reserve();
  if (events_ < kMostEvents && has_spare_room() && (has_room(cells) || grow())) {
    ++events_;
    return append(Kind::event, event_key(number_of_event()));
  }
  line.outcome = Outcome::too_many_events;
  return KeyTable::kNone;
}

/// See common/metric/event.h. The hash's secret and the segment's name are random.
uint64_t SegmentWriter::number_of_event() noexcept {
  constexpr unsigned kRandomBits = 40;
  const struct {
    Identity segment;
    uint64_t event;
  } seed{segment_.header().identity, events_};
  const uint64_t random = hash_({reinterpret_cast<const char*>(&seed), sizeof seed}) >> (64 - kRandomBits);
  last_event_ = std::max(last_event_ + 1, static_cast<uint64_t>(boot_ms()) << kRandomBits | random);
  return last_event_;
}

/// Returns where the key is. Requires that there is room for it.
uint64_t SegmentWriter::append(Kind kind, std::string_view key) noexcept {
  SegmentHeader& header = segment_.header();
  const uint64_t at = header.cells_used.load(std::memory_order_relaxed);
  Cell& cell = segment_.cell(at);
  cell.key_bytes = static_cast<uint16_t>(key.size());
  cell.kind = static_cast<uint8_t>(kind);
  std::memcpy(segment_.key_data(at), key.data(), key.size());
  crash_point();
  header.keys.store(++segment_keys_, std::memory_order_relaxed);
  crash_point();
  header.cells_used.store(at + cells_for(key.size()), std::memory_order_release);
  if (segment_keys_ == 1) on_begun_();
  return at;
}

/// For the same interval: what is full is sealed, and the next is twice as large. When too much waits to be
/// harvested, only up to the size that MAX_KEYS keys need.
bool SegmentWriter::grow() noexcept {
  const uint64_t slots = keys_.slots() * 2;
  if (boot_ms() < retry_ms_) return false;
  const uint64_t keys = segment_keys_;
  const bool grown = (may_seal() || slots <= slots_for(max_keys_)) &&
                     rotate(slots, grid_.last_end(boot_ms()) + grid_.interval_ms);
  if (grown) full_keys_ += keys;
  return grown;
}

/// The next segment has room for as many keys, and a quarter more; so that the next interval takes one segment,
/// also those of the full ones before it, of which there are at most as many as are known.
void SegmentWriter::end_interval(int64_t end_ms) noexcept {
  if (!has_begun()) return;
  const uint64_t keys = std::max(segment_keys_, std::min(segment_keys_ + full_keys_, known_.size()));
  if (may_seal() && rotate(slots_for(keys + keys / 4), end_ms))
    full_keys_ = events_ = last_event_ = 0;
  else
    bump(file_.header().intervals_unsealed);
}

bool SegmentWriter::may_seal() noexcept {
  std::erase_if(waiting_, [](const Waiting& segment) {
    std::error_code error;
    return !fs::exists(segment.path, error) && !error;
  });
  uint64_t bytes = 0;
  for (const Waiting& segment : waiting_) bytes += segment.bytes;
  return waiting_.size() < kMostWaiting && bytes < kMostWaitingBytes;
}

/// Seals the current segment and opens another; false when there is no room for one.
bool SegmentWriter::rotate(uint64_t slots, int64_t end_ms) noexcept {
  try {
    std::optional<KeyTable> keys;  // first: once the segment is there, nothing may fail
    if (slots != keys_.slots()) keys.emplace(slots);
    const SegmentSize used = segment_.size();
    Segment next = open_next(slots, {used.cells + kLeastReserve, used.blocks > 1 ? used.blocks : 0});
    waiting_.push_back({segment_.path(), used.bytes()});
    crash_point();
    segment_.seal(end_ms);
    segment_ = std::move(next);
    if (keys)
      keys_ = std::move(*keys);
    else
      keys_.clear();
    segment_keys_ = 0;
    last_used_ = used.cells;
    spare_.keep();
    bump(file_.stats().rotations);
    return true;
  } catch (const std::exception& error) {
    log_error("no new segment, new keys are refused: {}", error.what());
    retry_ms_ = boot_ms() + kRetryMs;
    return false;
  }
}

/// Of a full folder it takes the spare room; and of one with little room little: once the segment before is
/// harvested there is room again.
Segment SegmentWriter::open_next(uint64_t slots, const SegmentSize& taken) {
  try {
    return Segment::create(folder_, index_, size_for(slots), taken);
  } catch (const std::system_error&) {
    spare_.give_up();
  }
  try {
    return Segment::create(folder_, index_, size_for(slots), taken);
  } catch (const std::system_error&) {
    return Segment::create(folder_, index_, size_for(slots));
  }
}

void SegmentWriter::forget_idle_keys() noexcept {
  known_.grow_old(boot_ms());
  file_.stats().keys.store(known_.size(), std::memory_order_relaxed);
}

}  // namespace kilometric
