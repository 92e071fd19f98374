#include "ingestd/flusher/persistence.h"

#include <algorithm>
#include <charconv>

#include "common/redis/reply.h"

namespace kilometric {
namespace {

constexpr int64_t kRoundedSeconds = 2;  ///< when a snapshot ended and how long it took, each cut to a second

std::optional<int64_t> number(std::string_view info, std::string_view name) {
  const std::string_view text = info_value(info, name);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Persistence> Persistence::parse(std::string_view info) {
  constexpr int64_t kMostSeconds = int64_t{1} << 40;
  const auto append_only = number(info, "aof_enabled");
  const auto ended = number(info, "rdb_last_save_time"), took = number(info, "rdb_last_bgsave_time_sec");
  if (!append_only || !ended || !took || *ended < 0 || *ended > kMostSeconds) return std::nullopt;
  const int64_t began = *ended - std::clamp(*took, int64_t{0}, *ended) - kRoundedSeconds;
  return Persistence{*append_only != 0, began * 1000};
}

std::optional<Persistence> Persistence::both(const std::optional<Persistence>& one,
                                             const std::optional<Persistence>& other) {
  if (!one || !other) return one ? one : other;
  if (one->append_only || other->append_only) return one->append_only ? other : one;
  return Persistence{false, std::min(one->snapshot_ms, other->snapshot_ms)};
}

}  // namespace kilometric
