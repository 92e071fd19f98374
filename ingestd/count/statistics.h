// A worker's statistics. They lie in its file (ingestd/count/worker_file.h): the worker alone writes them, and
// every worker's /metrics reads those of all.
#pragma once

#include <atomic>
#include <cstdint>
#include <iterator>
#include <string_view>

#include "ingestd/parse/outcome.h"

namespace kilometric {

/// The ways in, by which a line came.
enum class Via : uint8_t { udp, http, unix_datagram, tcp, unix_stream };
inline constexpr std::string_view kViaNames[] = {"udp", "http", "unix_datagram", "tcp", "unix_stream"};

/// Those of connections that carry lines; their statistics are in this order.
inline constexpr Via kStreamVias[] = {Via::tcp, Via::unix_stream};
constexpr size_t stream_row(Via via) { return static_cast<size_t>(via) - static_cast<size_t>(kStreamVias[0]); }

enum class Route : uint8_t { track, read, health, metrics, other };
/// The paths; "other" is any other.
inline constexpr std::string_view kRouteNames[] = {"/track", "/read", "/health", "/metrics", "other"};

/// The statuses ingestd answers with; any other is counted in the last place.
inline constexpr int kStatuses[] = {200, 204, 307, 400, 404, 405, 408, 413, 415, 417, 422, 431, 500, 503, 0};

/// The others came later, and have their statistics elsewhere in the worker's file.
inline constexpr size_t kFirstOutcomes = 8;
inline constexpr size_t kMostLaterOutcomes = 8;
static_assert(kOutcomes <= kFirstOutcomes + kMostLaterOutcomes);

/// Of the connections of one way.
struct StreamStats {
  std::atomic<uint64_t> connections;  ///< gauge
  std::atomic<uint64_t> accepted;
  std::atomic<uint64_t> refused;  ///< there were too many
  std::atomic<uint64_t> silent;   ///< closed, as nothing came for too long
};

/// Never reset while the file lives, so the sums only grow, over restarts too.
struct WorkerStats {
  std::atomic<uint64_t> lines[std::size(kViaNames)][kFirstOutcomes];  ///< see WorkerHeader::lines()
  std::atomic<uint64_t> datagrams;                                    ///< by UDP
  std::atomic<uint64_t> unix_datagrams;
  std::atomic<uint64_t> requests[std::size(kRouteNames)][std::size(kStatuses)];
  std::atomic<uint64_t> starts;
  std::atomic<uint64_t> rotations;
  std::atomic<uint64_t> keys;         ///< gauge: in the current segment
  std::atomic<uint64_t> connections;  ///< gauge: of HTTP
  StreamStats streams[std::size(kStreamVias)];
};

/// Adds to a counter that only this process writes.
inline void bump(std::atomic<uint64_t>& counter, uint64_t by = 1) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
}

}  // namespace kilometric
