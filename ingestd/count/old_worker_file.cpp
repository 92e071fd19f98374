#include "ingestd/count/old_worker_file.h"

#include <cstring>

namespace kilometric {
namespace {

constexpr uint32_t kOldVersion = 2;
constexpr size_t kOldVias = 2;

struct OldStats {
  std::atomic<uint64_t> lines[kOldVias][kFirstOutcomes];
  std::atomic<uint64_t> datagrams;
  std::atomic<uint64_t> requests[std::size(kRouteNames)][std::size(kStatuses)];
  std::atomic<uint64_t> starts, rotations, keys, connections;
};

struct OldHeader {
  char magic[8];
  uint32_t version;
  uint32_t bytes;
  alignas(64) UndoLog undo_log;
  alignas(64) std::atomic<Cursor> cursor;
  // Zero in files from before there were these:
  std::atomic<uint64_t> intervals_unsealed;
  std::atomic<uint64_t> samples[kKinds.size()];
  alignas(64) OldStats stats;
  alignas(64) mmsghdr messages[kReceiveDatagrams];
};

constexpr size_t kOldBuffersAt = 4096;
constexpr size_t kBufferBytes = kReceiveDatagrams * kReceiveStride;

static_assert(offsetof(OldHeader, stats) == 1024 && offsetof(OldHeader, messages) == 1792);

const OldHeader& header_of(const MappedFile& file) { return *reinterpret_cast<const OldHeader*>(file.data()); }

void copy(std::atomic<uint64_t>& to, const std::atomic<uint64_t>& from) noexcept {
  to.store(from.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

void copy(WorkerStats& to, const OldStats& from) noexcept {
  for (size_t via = 0; via < kOldVias; ++via)
    for (size_t outcome = 0; outcome < std::size(from.lines[via]); ++outcome)
      copy(to.lines[via][outcome], from.lines[via][outcome]);
  for (size_t route = 0; route < std::size(kRouteNames); ++route)
    for (size_t status = 0; status < std::size(kStatuses); ++status)
      copy(to.requests[route][status], from.requests[route][status]);
  copy(to.datagrams, from.datagrams);
  copy(to.starts, from.starts);
  copy(to.rotations, from.rotations);
  copy(to.keys, from.keys);
  copy(to.connections, from.connections);
}

}  // namespace

bool is_old_worker_file(const MappedFile& file) noexcept {
  if (file.size() != kOldBuffersAt + kBufferBytes) return false;
  const OldHeader& header = header_of(file);
  return std::memcmp(header.magic, WorkerHeader::kMagic, sizeof header.magic) == 0 &&
         header.version == kOldVersion && header.bytes == sizeof header;
}

void copy_old_worker_file(const MappedFile& old, WorkerHeader& header, char* buffers) noexcept {
  const OldHeader& from = header_of(old);
  std::memcpy(static_cast<void*>(&header.undo_log), &from.undo_log, sizeof from.undo_log);
  header.cursor.store(from.cursor.load(std::memory_order_relaxed), std::memory_order_relaxed);
  copy(header.intervals_unsealed, from.intervals_unsealed);
  for (size_t kind = 0; kind < kKinds.size(); ++kind) copy(header.samples[kind], from.samples[kind]);
  copy(header.stats, from.stats);
  std::memcpy(header.messages, from.messages, sizeof header.messages);
  std::memcpy(buffers, old.data() + kOldBuffersAt, kBufferBytes);
}

}  // namespace kilometric
