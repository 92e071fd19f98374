// Up to where raw streams may be trimmed, for the sake of all instances: what one may yet look up stays, or it
// would be taken for missing, sent again, and counted twice. Each publishes the oldest of that, see
// ingestd/flusher/registration.h.
//
//   ZRANGEBYSCORE kilometric:instances     who has flushed within a week, and when
//   HGET kilometric:instance.<id> oldest   for each
//
// The limit is the least of these, and of the time at which it was asked less layout::kNeverTrimmedMs: so what
// an instance tries that registers later is above it.
//
// Owned by the tiers, which ask at the start of each pass. Until the first answer, and after one that fails,
// nothing is trimmed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "ingestd/tiers/failure.h"
#include "ingestd/tiers/rate_limit.h"

namespace kilometric {

class TrimLimit {
 public:
  /// More than this within a week cannot be asked for: then nothing is trimmed.
  static constexpr size_t kMostInstances = 10'000;

  /// An instance of a version that publishes nothing keeps what was acknowledged for six hours before its last
  /// flush, when nothing waited. Such an instance does not ask this limit itself.
  static constexpr uint64_t kUnpublishedMs = 6 * 3'600'000;

  using OnAnswer = std::function<void(const std::optional<Failure>& failure)>;

  explicit TrimLimit(RateLimit& rate_limit) : rate_limit_(rate_limit) {}

  /// `now`: ms by Redis' clock. Requires that no earlier call goes on.
  void ask(uint64_t now, OnAnswer on_answer);

  /// At and above this nothing may be trimmed.
  uint64_t ms() const { return ms_; }

 private:
  void on_instances(const redisReply* reply);
  void on_oldest(uint64_t flushed, const redisReply* reply);
  void end();

  RateLimit& rate_limit_;
  uint64_t ms_ = 0;
  uint64_t now_ = 0, least_ = 0;  ///< while it is asked
  size_t outstanding_ = 0;
  std::optional<Failure> failure_;
  OnAnswer on_answer_;
};

}  // namespace kilometric
