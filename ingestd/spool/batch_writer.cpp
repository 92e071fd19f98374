#include "ingestd/spool/batch_writer.h"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "common/varint.h"
#include "ingestd/count/segment.h"
#include "ingestd/system/atomic_file.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostEntryBytes = 2 + 2 * kMostVarintBytes + kMostKeyBytes + Delta::kMostBytes;

[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

std::byte* put_bytes(std::byte* at, const void* data, size_t bytes) {
  std::memcpy(at, data, bytes);
  return at + bytes;
}

std::byte* put_entry(std::byte* at, const BatchEntry& entry) {
  *at++ = static_cast<std::byte>(entry.ms != 0 ? BatchEntry::kOwnMs : 0);
  *at++ = static_cast<std::byte>(entry.delta.kind());
  at = put_varint(at, entry.key.size());
  at = put_bytes(at, entry.key.data(), entry.key.size());
  if (entry.ms != 0) at = put_varint(at, entry.ms);
  return entry.delta.put(at);
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
    XXH3_64bits_update(&sum_, reinterpret_cast<const char*>(&header) + kBatchChecksumEnd,
                       sizeof header - kBatchChecksumEnd);
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
  if (entry.delta.kind() == Kind::event)
    events_.push_back(entry);
  else
    write(entry);
}

void BatchWriter::write(const BatchEntry& entry) {
  header_.entries_bytes += output_->advance(put_entry(output_->room(kMostEntryBytes), entry));
  ++header_.entries;
}

void BatchWriter::write_events() {
  std::ranges::stable_sort(events_, {}, &BatchEntry::key);
  for (const BatchEntry& event : events_) write(event);
  events_.clear();
}

void BatchWriter::add(const Identity& segment) {
  write_events();
  std::byte* const begin = output_->room(sizeof segment);
  header_.segments_bytes += output_->advance(put_bytes(begin, &segment, sizeof segment));
  ++header_.segments;
}

uint64_t BatchWriter::commit(const fs::path& name) {
  write_events();
  output_->finish(header_);
  crash_point();
  if (::rename(unborn_.c_str(), name.c_str()) != 0) fail(name);
  output_.reset();
  crash_point();
  sync_folder(name.parent_path());
  return sizeof header_ + header_.entries_bytes + header_.segments_bytes;
}

}  // namespace kilometric
