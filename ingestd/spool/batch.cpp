#include "ingestd/spool/batch.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/varint.h"
#include "ingestd/count/segment.h"

namespace kilometric {
namespace {

constexpr unsigned kMillionths = 4;  // a flag of an entry in version 2
constexpr uint32_t kOldVersion = 2;
constexpr size_t kLeastEntryBytes = 4;  ///< of version 2, with a key of one byte
constexpr size_t kLeastMarkBytes = 3;
constexpr size_t kMarkedSegmentBytes = sizeof(Identity) + sizeof(uint64_t);

template <class T>
T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

/// Cuts a key of this length off; nullptr when the entry ends before.
template <class Entry>
const std::byte* get_key(const std::byte* at, const std::byte* end, uint64_t bytes, Entry& entry) {
  if (bytes > kMostKeyBytes || static_cast<size_t>(end - at) < bytes) return nullptr;
  entry.key = {reinterpret_cast<const char*>(at), bytes};
  return at + bytes;
}

/// Returns where its delta is; nullptr when it is cut or of a kind that nobody knows.
const std::byte* get_head(const std::byte* at, const std::byte* end, StoredEntry& entry) {
  if (end - at < 2) return nullptr;
  const auto flags = static_cast<unsigned>(*at++);
  const std::optional<Kind> kind = kind_of(static_cast<uint64_t>(*at++));
  uint64_t key_bytes = 0;
  at = get_varint(at, end, key_bytes);
  if (!kind || at == nullptr) return nullptr;
  at = get_key(at, end, key_bytes, entry);
  entry.ms = 0;
  if (at != nullptr && (flags & BatchEntry::kOwnMs) != 0) at = get_varint(at, end, entry.ms);
  entry.kind = *kind;
  return at;
}

/// Returns where the next one is; nullptr when it is cut or none, here and below.
const std::byte* get_entry(const std::byte* at, const std::byte* end, BatchEntry& entry) {
  StoredEntry stored{};
  at = get_head(at, end, stored);
  entry.ms = stored.ms;
  entry.key = stored.key;
  return at == nullptr ? nullptr : Delta::get(stored.kind, at, end, entry.delta);
}

const std::byte* pass_entry(const std::byte* at, const std::byte* end) {
  StoredEntry stored{};
  at = get_head(at, end, stored);
  return at == nullptr ? nullptr : Delta::pass(stored.kind, at, end);
}

const std::byte* get_old_entry(const std::byte* at, const std::byte* end, BatchEntry& entry) {
  if (end - at < 2) return nullptr;
  const auto flags = static_cast<unsigned>(*at++);
  const auto key_bytes = static_cast<uint64_t>(*at++);
  at = get_key(at, end, key_bytes, entry);
  entry.ms = 0;
  Counter counter;
  if (at != nullptr && (flags & BatchEntry::kOwnMs) != 0) at = get_varint(at, end, entry.ms);
  if (at != nullptr) at = get_signed_varint(at, end, counter.count.whole);
  if (at != nullptr && (flags & kMillionths) != 0) at = get_signed_varint(at, end, counter.count.millionths);
  entry.delta = counter;
  return at;
}

const std::byte* pass_old_entry(const std::byte* at, const std::byte* end) {
  BatchEntry entry;
  return get_old_entry(at, end, entry);
}

const std::byte* get_mark(const std::byte* at, const std::byte* end, OldSegment::Mark& mark) {
  int64_t whole = 0, millionths = 0;
  at = get_varint(at, end, mark.cell);
  if (at != nullptr) at = get_signed_varint(at, end, whole);
  if (at != nullptr) at = get_signed_varint(at, end, millionths);
  mark.whole = static_cast<uint64_t>(whole);
  mark.millionths = static_cast<uint64_t>(millionths);
  return at;
}

}  // namespace

Batch Batch::open(const std::filesystem::path& path) {
  Batch batch;
  batch.file_ = MappedFile::open(path, MappedFile::Access::read);
  const MappedFile& file = batch.file_;
  if (file.size() < sizeof(BatchHeader)) throw std::runtime_error("it is shorter than its header");
  const BatchHeader& header = batch.header();
  if (std::memcmp(header.magic, BatchHeader::kMagic, sizeof header.magic) != 0)
    throw std::runtime_error("it is no batch");
  if (header.version < kOldVersion || header.version > BatchHeader::kVersion || header.bytes != sizeof header)
    throw std::runtime_error("its version " + std::to_string(header.version) + " is unknown");
  const size_t body = file.size() - sizeof header;
  const bool half_a_segment = header.version != kOldVersion && header.segments_bytes % sizeof(Identity) != 0;
  if (header.entries_bytes > body || header.segments_bytes != body - header.entries_bytes || half_a_segment)
    throw std::runtime_error("its size is not what its header says");
  XXH3_state_t sum;
  XXH3_64bits_reset(&sum);
  XXH3_64bits_update(&sum, file.data() + sizeof header, body);
  XXH3_64bits_update(&sum, file.data() + kBatchChecksumEnd, sizeof header - kBatchChecksumEnd);
  if (XXH3_64bits_digest(&sum) != header.checksum) throw std::runtime_error("its checksum is wrong");
  batch.index_entries();
  return batch;
}

void Batch::index_entries() {
  offsets_.reserve(std::min(header().entries, header().entries_bytes / kLeastEntryBytes));
  const auto pass = header().version == kOldVersion ? pass_old_entry : pass_entry;
  const std::byte* const end = entries_end();
  for (const std::byte* at = file_.data() + sizeof(BatchHeader); at < end;) {
    offsets_.push_back(static_cast<uint64_t>(at - file_.data()));
    at = pass(at, end);
    if (at == nullptr) throw std::runtime_error("an entry is cut");
  }
  if (offsets_.size() != header().entries) throw std::runtime_error("entries are missing");
}

BatchEntry Batch::operator[](size_t index) const {
  BatchEntry entry;
  const auto get = header().version == kOldVersion ? get_old_entry : get_entry;
  get(file_.data() + offsets_[index], entries_end(), entry);
  return entry;
}

BatchKey Batch::key(size_t index) const {
  const bool old = header().version == kOldVersion;  // which has counters alone, and no kind
  const std::byte* at = file_.data() + offsets_[index] + 1;
  const Kind kind = old ? Kind::counter : static_cast<Kind>(*at++);
  uint64_t bytes = static_cast<uint64_t>(*at);
  at = old ? at + 1 : get_varint(at, entries_end(), bytes);
  return {kind, {reinterpret_cast<const char*>(at), bytes}};
}

StoredEntry Batch::stored(size_t index) const {
  const std::byte* const begin = file_.data() + offsets_[index];
  StoredEntry stored{};
  if (header().version == kOldVersion) {
    BatchEntry entry;
    get_old_entry(begin, entries_end(), entry);
    stored.ms = entry.ms;
    stored.kind = Kind::counter;
    stored.key = entry.key;
  } else {
    const std::byte* const delta = get_head(begin, entries_end(), stored);
    stored.delta = {delta, entries_end()};
  }
  return stored;
}

std::vector<Identity> Batch::segments() const {
  if (header().version == kOldVersion) return {};
  std::vector<Identity> result(header().segments_bytes / sizeof(Identity));
  for (size_t i = 0; i < result.size(); ++i) result[i] = get<Identity>(entries_end() + i * sizeof(Identity));
  return result;
}

std::vector<Batch::SegmentMarks> Batch::marks() const {
  std::vector<SegmentMarks> result;
  if (header().version != kOldVersion) return result;
  const std::byte* at = entries_end();
  const std::byte* const end = file_.data() + file_.size();
  while (static_cast<size_t>(end - at) >= kMarkedSegmentBytes) {
    SegmentMarks segment{get<Identity>(at), {}};
    const auto count = get<uint64_t>(at + sizeof(Identity));
    at += kMarkedSegmentBytes;
    if (count > static_cast<size_t>(end - at) / kLeastMarkBytes) throw std::runtime_error("its marks are cut");
    segment.marks.resize(count);
    uint64_t before = 0;
    for (OldSegment::Mark& mark : segment.marks) {
      at = get_mark(at, end, mark);
      if (at == nullptr) throw std::runtime_error("its marks are cut");
      mark.cell = before += mark.cell;
    }
    result.push_back(std::move(segment));
  }
  return result;
}

}  // namespace kilometric
