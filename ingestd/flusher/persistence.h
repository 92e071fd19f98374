// What Redis keeps over its own end, by the section "Persistence" of its INFO.
//
// With an append-only file it has on disk what it acknowledged two minutes ago. With snapshots alone, as Debian
// configures it, it has what it acknowledged before the last snapshot began, and nothing behind: until the next
// one the flusher keeps its batches, and sends again what a new run of Redis lacks.
//
// Read by ingestd/flusher/redis_run.h from each INFO; the flusher decides by it what may be removed.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kilometric {

struct Persistence {
  bool append_only = true;
  /// By Redis' clock: all that was acknowledged before is in the last snapshot. At the start of a run that has
  /// made none yet, the start.
  int64_t snapshot_ms = 0;

  /// Nothing where Redis does not say.
  static std::optional<Persistence> parse(std::string_view info);

  /// What both of two nodes of a cluster keep.
  static std::optional<Persistence> both(const std::optional<Persistence>& one,
                                         const std::optional<Persistence>& other);
};

}  // namespace kilometric
