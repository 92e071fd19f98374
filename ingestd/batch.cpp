#include "ingestd/batch.h"

#define XXH_INLINE_ALL
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "ingestd/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr size_t kEntryBytes = 26;
constexpr size_t kSegmentBytes = sizeof(Identity) + sizeof(uint64_t);
constexpr size_t kChecksumEnd = offsetof(BatchHeader, checksum) + sizeof(uint64_t);
static_assert(sizeof(CellMark) == 24);

[[noreturn]] void fail(const fs::path& path) {
  throw std::system_error(errno, std::generic_category(), path.string());
}

template <class T>
T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

template <class T>
char* put(char* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

/// Makes renames in it outlast a power cut. Nothing else depends on it, and who renamed cannot take it
/// back; so a failure is no error. Some file systems know no sync of a folder (EINVAL).
void sync_folder(const fs::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || (fsync(fd) != 0 && errno != EINVAL))
    spdlog::warn("{} cannot be synced: {}", folder.string(), std::strerror(errno));
  if (fd >= 0) ::close(fd);
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

  void append(const void* data, size_t bytes) {
    const char* const first = static_cast<const char*>(data);
    buffer_.insert(buffer_.end(), first, first + bytes);
    if (buffer_.size() >= kBuffer) flush();
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
    XXH3_64bits_update(&sum_, buffer_.data(), buffer_.size());
    for (size_t at = 0; at < buffer_.size();) {
      const ssize_t written = ::write(fd_, buffer_.data() + at, buffer_.size() - at);
      if (written < 0 && errno != EINTR) fail(path_);
      if (written > 0) at += static_cast<size_t>(written);
    }
    buffer_.clear();
  }

  fs::path path_;
  int fd_;
  XXH3_state_t sum_;
  std::vector<char> buffer_;
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
  char bytes[kEntryBytes];
  char* at = put(bytes, entry.ms);
  at = put(at, entry.delta.whole);
  at = put(at, entry.delta.millionths);
  at = put(at, static_cast<uint8_t>(entry.fresh));
  put(at, static_cast<uint8_t>(entry.key.size()));
  output_->append(bytes, sizeof bytes);
  output_->append(entry.key.data(), entry.key.size());
  ++header_.entries;
  header_.entries_bytes += sizeof bytes + entry.key.size();
}

void BatchWriter::add(const Identity& segment, const std::vector<CellMark>& marks) {
  const uint64_t count = marks.size();
  output_->append(&segment, sizeof segment);
  output_->append(&count, sizeof count);
  output_->append(marks.data(), count * sizeof(CellMark));
  ++header_.segments;
  header_.segments_bytes += kSegmentBytes + count * sizeof(CellMark);
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
  if (header.version != BatchHeader::kVersion || header.bytes != sizeof header)
    throw std::runtime_error("its version " + std::to_string(header.version) + " is unknown");
  const size_t body = file.size() - sizeof header;
  if (header.entries_bytes > body || header.segments_bytes != body - header.entries_bytes)
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
  const uint64_t end = sizeof(BatchHeader) + header().entries_bytes;
  offsets_.reserve(header().entries_bytes / (kEntryBytes + 1));
  for (uint64_t at = sizeof(BatchHeader); at < end;) {
    offsets_.push_back(at);
    if (end - at < kEntryBytes) throw std::runtime_error("an entry is cut");
    at += kEntryBytes + get<uint8_t>(file_.data() + at + kEntryBytes - 1);
    if (at > end) throw std::runtime_error("an entry is cut");
  }
  if (offsets_.size() != header().entries) throw std::runtime_error("entries are missing");
}

BatchEntry Batch::operator[](size_t index) const {
  const std::byte* const at = file_.data() + offsets_[index];
  const auto key_bytes = get<uint8_t>(at + 25);
  return {get<uint64_t>(at), {get<int64_t>(at + 8), get<int64_t>(at + 16)}, get<uint8_t>(at + 24) != 0,
          {reinterpret_cast<const char*>(at + kEntryBytes), key_bytes}};
}

std::vector<Batch::SegmentMarks> Batch::segments() const {
  std::vector<SegmentMarks> result;
  const std::byte* at = file_.data() + sizeof(BatchHeader) + header().entries_bytes;
  const std::byte* const end = file_.data() + file_.size();
  while (static_cast<size_t>(end - at) >= kSegmentBytes) {
    SegmentMarks segment{get<Identity>(at), {}};
    const auto count = get<uint64_t>(at + sizeof(Identity));
    at += kSegmentBytes;
    if (count > static_cast<size_t>(end - at) / sizeof(CellMark))
      throw std::runtime_error("its marks are cut");
    segment.marks.resize(count);
    if (count > 0) std::memcpy(segment.marks.data(), at, count * sizeof(CellMark));
    at += count * sizeof(CellMark);
    result.push_back(std::move(segment));
  }
  return result;
}

}  // namespace kilometric
