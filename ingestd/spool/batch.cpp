#include "ingestd/spool/batch.h"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "common/varint.h"
#include "ingestd/count/segment.h"
#include "ingestd/system/atomic_file.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kOwnMs = 2;       // flags of an entry
constexpr unsigned kMillionths = 4;  // in version 2 only; bit 0 was there, too, and means nothing any more
constexpr uint32_t kOldVersion = 2;
constexpr size_t kLeastEntryBytes = 4;  ///< of version 2, with a key of one byte
constexpr size_t kMostEntryBytes = 2 + 2 * kMostVarintBytes + kMostKeyBytes + Delta::kMostBytes;
constexpr size_t kLeastMarkBytes = 3;
constexpr size_t kMarkedSegmentBytes = sizeof(Identity) + sizeof(uint64_t);
constexpr size_t kChecksumEnd = offsetof(BatchHeader, checksum) + sizeof(uint64_t);

[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

template <class T>
T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

std::byte* put_bytes(std::byte* at, const void* data, size_t bytes) {
  std::memcpy(at, data, bytes);
  return at + bytes;
}

std::byte* put_entry(std::byte* at, const BatchEntry& entry) {
  *at++ = static_cast<std::byte>(entry.ms != 0 ? kOwnMs : 0);
  *at++ = static_cast<std::byte>(entry.delta.kind());
  at = put_varint(at, entry.key.size());
  at = put_bytes(at, entry.key.data(), entry.key.size());
  if (entry.ms != 0) at = put_varint(at, entry.ms);
  return entry.delta.put(at);
}

/// Cuts a key of this length off; nullptr when the entry ends before.
const std::byte* get_key(const std::byte* at, const std::byte* end, uint64_t bytes, BatchEntry& entry) {
  if (bytes > kMostKeyBytes || static_cast<size_t>(end - at) < bytes) return nullptr;
  entry.key = {reinterpret_cast<const char*>(at), bytes};
  return at + bytes;
}

/// Returns where the next one is; nullptr when it is cut or of a kind that nobody knows.
const std::byte* get_entry(const std::byte* at, const std::byte* end, BatchEntry& entry) {
  if (end - at < 2) return nullptr;
  const auto flags = static_cast<unsigned>(*at++);
  const std::optional<Kind> kind = kind_of(static_cast<uint64_t>(*at++));
  uint64_t key_bytes = 0;
  at = get_varint(at, end, key_bytes);
  if (!kind || at == nullptr) return nullptr;
  at = get_key(at, end, key_bytes, entry);
  entry.ms = 0;
  if (at != nullptr && (flags & kOwnMs) != 0) at = get_varint(at, end, entry.ms);
  return at == nullptr ? nullptr : Delta::get(*kind, at, end, entry.delta);
}

const std::byte* get_old_entry(const std::byte* at, const std::byte* end, BatchEntry& entry) {
  if (end - at < 2) return nullptr;
  const auto flags = static_cast<unsigned>(*at++);
  const auto key_bytes = static_cast<uint64_t>(*at++);
  at = get_key(at, end, key_bytes, entry);
  entry.ms = 0;
  Counter counter;
  if (at != nullptr && (flags & kOwnMs) != 0) at = get_varint(at, end, entry.ms);
  if (at != nullptr) at = get_signed_varint(at, end, counter.count.whole);
  if (at != nullptr && (flags & kMillionths) != 0) at = get_signed_varint(at, end, counter.count.millionths);
  entry.delta = counter;
  return at;
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

/// Buffers what is written behind the header, and sums it up.
class BatchWriter::Output {
 public:
  explicit Output(const fs::path& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (fd_ < 0) fail(path);
    if (lseek(fd_, sizeof(BatchHeader), SEEK_SET) < 0) fail(path_);
    XXH3_64bits_reset(&sum_);
  }
  ~Output() { ::close(fd_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  /// Where the next bytes go, with room for so many; then how far they went, see advance().
  std::byte* room(size_t bytes) {
    if (kBuffer - used_ < bytes) flush();
    return buffer_.get() + used_;
  }
  /// Returns how many bytes that is.
  size_t advance(const std::byte* end) {
    const size_t before = std::exchange(used_, static_cast<size_t>(end - buffer_.get()));
    return used_ - before;
  }

  void finish(BatchHeader header) {
    flush();
    // The header is summed up last, as it is known last.
    XXH3_64bits_update(&sum_, reinterpret_cast<const char*>(&header) + kChecksumEnd,
                       sizeof header - kChecksumEnd);
    header.checksum = XXH3_64bits_digest(&sum_);
    crash_point();
    if (pwrite(fd_, &header, sizeof header, 0) != ssize_t{sizeof header}) fail(path_);
    crash_point();
    if (fsync(fd_) != 0) fail(path_);
  }

 private:
  static constexpr size_t kBuffer = 256 * 1024;

  void flush() {
    XXH3_64bits_update(&sum_, buffer_.get(), used_);
    for (size_t at = 0; at < used_;) {
      const ssize_t written = ::write(fd_, buffer_.get() + at, used_ - at);
      if (written < 0 && errno != EINTR) fail(path_);
      if (written > 0) at += static_cast<size_t>(written);
    }
    used_ = 0;
  }

  fs::path path_;
  int fd_;
  XXH3_state_t sum_;
  std::unique_ptr<std::byte[]> buffer_ = std::make_unique_for_overwrite<std::byte[]>(kBuffer);
  size_t used_ = 0;
};

BatchWriter::BatchWriter(const fs::path& unborn, const BatchHeader& header)
    : header_(header), unborn_(unborn), output_(std::make_unique<Output>(unborn)) {
  std::memcpy(header_.magic, BatchHeader::kMagic, sizeof header_.magic);
  header_.version = BatchHeader::kVersion;
  header_.bytes = sizeof header_;
  header_.entries = header_.entries_bytes = header_.segments = header_.segments_bytes = 0;
}

BatchWriter::~BatchWriter() {
  if (output_) ::unlink(unborn_.c_str());
}

void BatchWriter::add(const BatchEntry& entry) {
  header_.entries_bytes += output_->advance(put_entry(output_->room(kMostEntryBytes), entry));
  ++header_.entries;
}

void BatchWriter::add(const Identity& segment) {
  std::byte* const begin = output_->room(sizeof segment);
  header_.segments_bytes += output_->advance(put_bytes(begin, &segment, sizeof segment));
  ++header_.segments;
}

uint64_t BatchWriter::commit(const fs::path& name) {
  output_->finish(header_);
  crash_point();
  if (::rename(unborn_.c_str(), name.c_str()) != 0) fail(name);
  output_.reset();
  crash_point();
  sync_folder(name.parent_path());
  return sizeof header_ + header_.entries_bytes + header_.segments_bytes;
}

Batch Batch::open(const fs::path& path) {
  Batch batch;
  batch.file_ = MappedFile::open(path, MappedFile::Access::read);
  const MappedFile& file = batch.file_;
  if (file.size() < sizeof(BatchHeader)) throw std::runtime_error("it is shorter than its header");
  const BatchHeader& header = batch.header();
  if (std::memcmp(header.magic, BatchHeader::kMagic, sizeof header.magic) != 0)
    throw std::runtime_error("it is no batch");
  if ((header.version != BatchHeader::kVersion && header.version != kOldVersion) ||
      header.bytes != sizeof header)
    throw std::runtime_error("its version " + std::to_string(header.version) + " is unknown");
  const size_t body = file.size() - sizeof header;
  const bool half_a_segment =
      header.version == BatchHeader::kVersion && header.segments_bytes % sizeof(Identity) != 0;
  if (header.entries_bytes > body || header.segments_bytes != body - header.entries_bytes || half_a_segment)
    throw std::runtime_error("its size is not what its header says");
  XXH3_state_t sum;
  XXH3_64bits_reset(&sum);
  XXH3_64bits_update(&sum, file.data() + sizeof header, body);
  XXH3_64bits_update(&sum, file.data() + kChecksumEnd, sizeof header - kChecksumEnd);
  if (XXH3_64bits_digest(&sum) != header.checksum) throw std::runtime_error("its checksum is wrong");
  batch.index_entries();
  return batch;
}

void Batch::index_entries() {
  offsets_.reserve(std::min(header().entries, header().entries_bytes / kLeastEntryBytes));
  const auto get = header().version == kOldVersion ? get_old_entry : get_entry;
  const std::byte* const end = entries_end();
  BatchEntry entry;
  for (const std::byte* at = file_.data() + sizeof(BatchHeader); at < end;) {
    offsets_.push_back(static_cast<uint64_t>(at - file_.data()));
    at = get(at, end, entry);
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
