#include "ingestd/segment_writer.h"

#define XXH_INLINE_ALL
#include <spdlog/spdlog.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "common/key.h"
#include "ingestd/clock.h"
#include "ingestd/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kLeastSlots = 1024;  // 84 KiB of segment: an idle installation costs next to nothing
constexpr int64_t kOldMs = 3'600'000;
constexpr int64_t kRetryMs = 1'000;

constexpr uint64_t three_quarters(uint64_t slots) { return slots / 4 * 3; }

/// Slots of which `keys` keys fill no more than three quarters.
uint64_t slots_for(uint64_t keys) {
  return std::max(kLeastSlots, std::bit_ceil(keys + keys / 3 + 1));
}

/// Makes the stores of the record that is armed: all of them absolute, so that once more is harmless.
void make_stores(const Redo& redo, Cell* cell, WorkerHeader& header) noexcept {
  if (cell) {
    cell->whole.store(redo.whole, std::memory_order_relaxed);
    crash_point();
    cell->millionths.store(redo.millionths, std::memory_order_relaxed);
    crash_point();
  }
  header.stats.lines[redo.via][redo.outcome].store(redo.lines, std::memory_order_relaxed);
  crash_point();
  header.cursor.store(redo.next, std::memory_order_relaxed);
  crash_point();
}

}  // namespace

WorkerFile succeed_worker(const fs::path& folder, unsigned index) {
  WorkerFile file = WorkerFile::take(folder, index);
  Redo& redo = file.header().redo;
  const bool armed = redo.armed.load(std::memory_order_relaxed) != 0 &&
                     redo.via < std::size(kViaNames) && redo.outcome < kOutcomes;
  bool stored = false;
  for (const auto& [number, path] : list_segments(folder)) {
    const std::optional<Segment> segment = Segment::open(path);
    if (!segment || segment->header().worker != index || segment->sealed()) continue;
    if (armed && redo.has_counter && segment->header().identity == redo.segment &&
        redo.cell < std::min(segment->used(), segment->header().cells)) {
      make_stores(redo, &segment->cell(redo.cell), file.header());
      stored = true;
    }
    crash_point();
    segment->seal();
  }
  if (armed && !stored) make_stores(redo, nullptr, file.header());
  settle();
  redo.armed.store(0, std::memory_order_relaxed);
  return file;
}

SegmentWriter::SegmentWriter(const fs::path& folder, unsigned index, WorkerFile& file,
                             uint64_t max_keys)
    : folder_(folder),
      index_(index),
      file_(file),
      max_keys_(max_keys),
      seed_(random_identity()[0]),
      segment_(Segment::create(folder, index, kLeastSlots)),
      keys_(kLeastSlots) {
  file_.stats().keys.store(0, std::memory_order_relaxed);
}

uint64_t SegmentWriter::hash(std::string_view key) const noexcept {
  return XXH3_64bits_withSeed(key.data(), key.size(), seed_);
}

Outcome SegmentWriter::count(std::string_view key, uint64_t hash, const Amount& amount, Via via,
                             std::optional<Cursor> next) noexcept {
  uint64_t at = keys_.find(key, hash, segment_);
  if (at == KeyIndex::kNone) {
    // Only well-formed keys are in the segment, so a known key needs no check.
    if (key_error(key)) return reject(Outcome::bad_key, via, next), Outcome::bad_key;
    at = add_key(key, hash);
    if (at == KeyIndex::kNone) return reject(Outcome::refused, via, next), Outcome::refused;
  }
  Cell& cell = segment_.cell(at);
  Redo& redo = file_.header().redo;
  begin_redo(Outcome::accepted, via, next);
  redo.has_counter = 1;
  redo.segment = segment_.header().identity;
  redo.cell = at;
  redo.whole = cell.whole.load(std::memory_order_relaxed) + static_cast<uint64_t>(amount.whole);
  redo.millionths =
      cell.millionths.load(std::memory_order_relaxed) + static_cast<uint64_t>(amount.millionths);
  settle();
  crash_point();
  redo.armed.store(1, std::memory_order_relaxed);
  settle();
  crash_point();
  make_stores(redo, &cell, file_.header());
  settle();
  redo.armed.store(0, std::memory_order_relaxed);
  settle();
  return Outcome::accepted;
}

void SegmentWriter::reject(Outcome outcome, Via via, std::optional<Cursor> next) noexcept {
  Redo& redo = file_.header().redo;
  begin_redo(outcome, via, next);
  redo.has_counter = 0;
  settle();
  redo.armed.store(1, std::memory_order_relaxed);
  settle();
  make_stores(redo, nullptr, file_.header());
  settle();
  redo.armed.store(0, std::memory_order_relaxed);
  settle();
}

void SegmentWriter::begin_redo(Outcome outcome, Via via, std::optional<Cursor> next) noexcept {
  WorkerHeader& header = file_.header();
  Redo& redo = header.redo;
  redo.via = static_cast<uint32_t>(via);
  redo.outcome = static_cast<uint32_t>(outcome);
  redo.lines = header.stats.lines[redo.via][redo.outcome].load(std::memory_order_relaxed) + 1;
  redo.next = next.value_or(header.cursor.load(std::memory_order_relaxed));
}

bool SegmentWriter::has_room(uint64_t cells) const noexcept {
  return key_count_ < three_quarters(keys_.slots()) &&
         segment_.header().cells_used.load(std::memory_order_relaxed) + cells <=
             segment_.header().cells;
}

uint64_t SegmentWriter::add_key(std::string_view key, uint64_t hash) noexcept {
  if (key_count_ >= max_keys_) return KeyIndex::kNone;
  if (!has_room(cells_for(key.size())) && !grow()) return KeyIndex::kNone;
  return append_key(key, hash);
}

uint64_t SegmentWriter::append_key(std::string_view key, uint64_t hash) noexcept {
  SegmentHeader& header = segment_.header();
  const uint64_t at = header.cells_used.load(std::memory_order_relaxed);
  Cell& cell = segment_.cell(at);
  cell.key_bytes = static_cast<uint8_t>(key.size());
  cell.kind = kKindCounter;
  std::memcpy(segment_.key_data(at), key.data(), key.size());
  header.keys.store(++key_count_, std::memory_order_relaxed);
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
    KeyIndex keys(slots);  // first: once the segment is there, nothing may fail
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
