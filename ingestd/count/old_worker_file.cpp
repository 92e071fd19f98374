#include "ingestd/count/old_worker_file.h"

#include <cstring>

namespace kilometric {
namespace {

template <size_t kVias>
struct OldStats {
  std::atomic<uint64_t> lines[kVias][kFirstOutcomes];
  std::atomic<uint64_t> datagrams[kVias - 1];  ///< by UDP, by the unix socket
  std::atomic<uint64_t> requests[std::size(kRouteNames)][std::size(kStatuses)];
  std::atomic<uint64_t> starts, rotations, keys, connections;
};

template <size_t kVias>
struct OldHeader {
  static constexpr uint32_t kVersion = kVias;

  char magic[8];
  uint32_t version;
  uint32_t bytes;
  alignas(64) UndoLog undo_log;
  alignas(64) std::atomic<Cursor> cursor;
  // Zero in files from before there were these:
  std::atomic<uint64_t> intervals_unsealed;
  std::atomic<uint64_t> samples[kKinds.size()];
  std::atomic<Via> batch_via;
  alignas(64) OldStats<kVias> stats;
  alignas(64) mmsghdr messages[kReceiveDatagrams];
};

using Version2 = OldHeader<2>;
using Version3 = OldHeader<3>;

constexpr size_t kOldBuffersAt = 4096;
constexpr size_t kBufferBytes = kReceiveDatagrams * kReceiveStride;

static_assert(offsetof(Version2, stats) == 1024 && offsetof(Version2, messages) == 1792);
static_assert(offsetof(Version3, stats) == 1024 && offsetof(Version3, messages) == 1920);

template <class Header>
const Header* header_of(const MappedFile& file) noexcept {
  const auto* const header = reinterpret_cast<const Header*>(file.data());
  const bool is_one = file.size() == kOldBuffersAt + kBufferBytes &&
                      std::memcmp(header->magic, WorkerHeader::kMagic, sizeof header->magic) == 0 &&
                      header->version == Header::kVersion && header->bytes == sizeof *header;
  return is_one ? header : nullptr;
}

void copy(std::atomic<uint64_t>& to, const std::atomic<uint64_t>& from) noexcept {
  to.store(from.load(std::memory_order_relaxed), std::memory_order_relaxed);
}

template <size_t kVias>
void copy(WorkerStats& to, const OldStats<kVias>& from) noexcept {
  for (size_t via = 0; via < kVias; ++via)
    for (size_t outcome = 0; outcome < kFirstOutcomes; ++outcome)
      copy(to.lines[via][outcome], from.lines[via][outcome]);
  for (size_t route = 0; route < std::size(kRouteNames); ++route)
    for (size_t status = 0; status < std::size(kStatuses); ++status)
      copy(to.requests[route][status], from.requests[route][status]);
  copy(to.datagrams, from.datagrams[0]);
  if constexpr (kVias == 3) copy(to.unix_datagrams, from.datagrams[1]);
  copy(to.starts, from.starts);
  copy(to.rotations, from.rotations);
  copy(to.keys, from.keys);
  copy(to.connections, from.connections);
}

template <class Header>
void copy(WorkerHeader& to, const Header& from) noexcept {
  std::memcpy(static_cast<void*>(&to.undo_log), &from.undo_log, sizeof to.undo_log);
  to.cursor.store(from.cursor.load(std::memory_order_relaxed), std::memory_order_relaxed);
  copy(to.intervals_unsealed, from.intervals_unsealed);
  for (size_t kind = 0; kind < kKinds.size(); ++kind) copy(to.samples[kind], from.samples[kind]);
  to.batch_via.store(from.batch_via.load(std::memory_order_relaxed), std::memory_order_relaxed);
  copy(to.stats, from.stats);
  std::memcpy(to.messages, from.messages, sizeof to.messages);
}

}  // namespace

bool is_old_worker_file(const MappedFile& file) noexcept {
  return header_of<Version2>(file) || header_of<Version3>(file);
}

void copy_old_worker_file(const MappedFile& old, WorkerHeader& header, char* buffers) noexcept {
  if (const Version2* const from = header_of<Version2>(old)) copy(header, *from);
  if (const Version3* const from = header_of<Version3>(old)) copy(header, *from);
  std::memcpy(buffers, old.data() + kOldBuffersAt, kBufferBytes);
}

}  // namespace kilometric
