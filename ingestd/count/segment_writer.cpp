#include "ingestd/count/segment_writer.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/metric/key.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLeastSlots = 1024;  // 84 KiB of segment: an idle installation costs next to nothing
constexpr int64_t kOldMs = 3'600'000;
constexpr int64_t kRetryMs = 1'000;

constexpr uint64_t three_quarters(uint64_t slots) { return slots / 4 * 3; }

/// Slots of which `keys` keys fill no more than three quarters.
uint64_t slots_for(uint64_t keys) { return std::max(kLeastSlots, std::bit_ceil(keys + keys / 3 + 1)); }

}  // namespace

WorkerFile succeed_worker(const fs::path& folder, unsigned index) {
  WorkerFile file = WorkerFile::take(folder, index);
  UndoLog& log = file.header().undo_log;
  const bool undo = must_undo(file.header());
  for (const auto& [number, path] : list_segments(folder)) {
    const std::optional<Segment> segment = Segment::open(path);
    if (!segment || segment->header().worker != index || segment->sealed()) continue;
    if (undo) undo_counters(log, *segment);
    crash_point();
    segment->seal();
  }
  crash_point();
  if (undo) undo_statistics(log, file.stats());
  log.close();
  return file;
}

SegmentWriter::SegmentWriter(const fs::path& folder, unsigned index, WorkerFile& file, uint64_t max_keys)
    : folder_(folder),
      index_(index),
      file_(file),
      max_keys_(max_keys),
      segment_(Segment::create(folder, index, kLeastSlots)),
      keys_(kLeastSlots) {
  file_.stats().keys.store(0, std::memory_order_relaxed);
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

Outcome SegmentWriter::count(std::string_view key, uint64_t hash, const Amount& amount, Via via) noexcept {
  HashedLine line{{key, amount, Outcome::accepted}, hash, likely_cell(hash)};
  count({&line, 1}, via);
  return line.line.outcome;
}

/// Enters the counters of all accepted lines into the undo log, in the lines' order; returns how many.
/// Nothing is counted yet, so when a new key makes the segment rotate it can begin again: all counters
/// of a group are in one segment.
size_t SegmentWriter::enter(std::span<HashedLine> lines) noexcept {
  UndoLog& log = file_.header().undo_log;
  for (;;) {
    const uint64_t segment = segment_.header().number;
    size_t entries = 0;
    for (HashedLine& line : lines) {
      if (line.line.outcome != Outcome::accepted) continue;
      uint64_t at = line.cell;
      if (!segment_.holds(at, line.line.key)) at = keys_.find(line.line.key, line.hash, segment_);
      if (at == KeyTable::kNone) at = add_key(line);
      if (at == KeyTable::kNone) continue;
      log.enter(entries++, at, segment_.cell(at));
    }
    if (segment_.header().number == segment) return entries;
    for (HashedLine& line : lines) line.cell = 0;  // what was looked up was the old one's
  }
}

/// Adds up what was entered, and the statistics.
void SegmentWriter::add(std::span<const HashedLine> lines, Via via) noexcept {
  const UndoLog& log = file_.header().undo_log;
  std::atomic<uint64_t>* const outcomes = lines_by(via);
  size_t entry = 0;
  for (const HashedLine& line : lines) {
    if (line.line.outcome != Outcome::accepted) {
      bump(outcomes[static_cast<size_t>(line.line.outcome)]);
      crash_point();
      continue;
    }
    Cell& cell = segment_.cell(log.before[entry++].cell);
    bump(cell.whole, static_cast<uint64_t>(line.line.amount.whole));
    crash_point();
    if (const int64_t millionths = line.line.amount.millionths)
      bump(cell.millionths, static_cast<uint64_t>(millionths));
    crash_point();
  }
  bump(outcomes[static_cast<size_t>(Outcome::accepted)], entry);
  crash_point();
}

bool SegmentWriter::has_room(uint64_t cells) const noexcept {
  return key_count_ < three_quarters(keys_.slots()) &&
         segment_.header().cells_used.load(std::memory_order_relaxed) + cells <= segment_.header().cells;
}

/// Returns the new key's cell, or kNone with the reason in the line's outcome. Only well-formed keys are
/// in the segment, so a known key needs no check.
uint64_t SegmentWriter::add_key(HashedLine& line) noexcept {
  if (key_error(line.line.key)) {
    line.line.outcome = Outcome::bad_key;
    return KeyTable::kNone;
  }
  if (key_count_ < max_keys_ && (has_room(cells_for(line.line.key.size())) || grow()))
    return append_key(line.line.key, line.hash);
  line.line.outcome = Outcome::refused;
  return KeyTable::kNone;
}

uint64_t SegmentWriter::append_key(std::string_view key, uint64_t hash) noexcept {
  SegmentHeader& header = segment_.header();
  const uint64_t at = header.cells_used.load(std::memory_order_relaxed);
  Cell& cell = segment_.cell(at);
  cell.key_bytes = static_cast<uint8_t>(key.size());
  cell.kind = kKindCounter;
  std::memcpy(segment_.key_data(at), key.data(), key.size());
  crash_point();
  header.keys.store(++key_count_, std::memory_order_relaxed);
  crash_point();
  header.cells_used.store(at + cells_for(key.size()), std::memory_order_release);
  keys_.insert(hash, at);
  file_.stats().keys.store(key_count_, std::memory_order_relaxed);
  return at;
}

/// Every key that is live stays known, or MAX_KEYS would refuse some that are not new.
bool SegmentWriter::grow() noexcept {
  const std::optional<Segment> full = rotate(keys_.slots() * 2);
  if (!full) return false;
  full->for_each_key([&](uint64_t at) { append_key(full->key(at), hash(full->key(at))); });
  return true;
}

/// Returns the segment that was current, sealed; nothing when there is no room for another.
std::optional<Segment> SegmentWriter::rotate(uint64_t slots) noexcept {
  if (boot_ms() < retry_ms_) return std::nullopt;
  try {
    KeyTable keys(slots);  // first: once the segment is there, nothing may fail
    Segment next = Segment::create(folder_, index_, slots);
    crash_point();
    keys_ = std::move(keys);
    segment_.seal();
    key_count_ = 0;
    bump(file_.stats().rotations);
    file_.stats().keys.store(0, std::memory_order_relaxed);
    return std::exchange(segment_, std::move(next));
  } catch (const std::exception& error) {
    spdlog::error("no new segment, new keys are refused: {}", error.what());
    retry_ms_ = boot_ms() + kRetryMs;
    return std::nullopt;
  }
}

void SegmentWriter::rotate_if_old() noexcept {
  if (key_count_ > 0 && boot_ms() - segment_.header().born_ms >= kOldMs) rotate(slots_for(key_count_));
}

}  // namespace kilometric
