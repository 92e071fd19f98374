// How an instance of ingestd fares, as it has told Redis: the fields of its hash (common/redis/layout.h).
//
// Read by the store. A reply is hostile: a field of another type, too long, or not as it should be, is as one
// that is not there, like those that earlier versions do not tell. Texts may hold any bytes.
#pragma once

#include <hiredis/hiredis.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kilometric {

/// A line that was rejected, as it may be shown: see ingestd/status/rejected_text.h.
struct BadLine {
  uint64_t time_ms;
  std::string reason, advice, via, sender;
  uint64_t bytes;  ///< of the whole line
  std::string text;
};

struct InstanceState {
  static constexpr size_t kMostTextBytes = 1'023;  ///< as a key may have
  static constexpr size_t kMostRejectedBytes = 65'536;
  static constexpr size_t kMostOutcomes = 64;

  using Lines = std::vector<std::pair<std::string, uint64_t>>;  ///< how many had which outcome

  std::optional<std::string> version, host, busiest;
  std::optional<double> interval;  ///< seconds; above 0
  std::optional<uint64_t> told_ms, started_ms, pending, spool_bytes, drops, append_only;
  std::optional<Lines> lines;
  std::optional<std::vector<BadLine>> rejected;

  /// The command that asks for it.
  static std::vector<std::string> command(const std::string& instance);
  /// Out of the reply to that; nullopt when it is none.
  static std::optional<InstanceState> parse(const redisReply& reply);
};

}  // namespace kilometric
