// How long entries of a kind stay, and up to where a key's streams may be trimmed. Pure; times in ms by Redis'
// clock.
//
// What a tier still needs is never removed: the raw stream keeps what its hours lack, be it the sum or the
// packed hour, the hours what the days lack. So a raw stream that is too short to be packed keeps all it has,
// and its hours their last entry. There is one exception: when all are to be forgotten, an entry older than the
// oldest day may get is needed by no tier. So the last hour of an idle key, which no later entry closes, is
// removed as well.
//
// A coarser tier stays at least as long as a finer one, as its reader relies on it to reach as far back. Packed
// hours stay at least as long as raw entries, and at most as long as days.
// Boundaries lie at the start of an hour (of a day for sums), so that no tier is ever refilled from half of
// one.
//
// A gauge's value may be older than every retention while what is added builds on it. So as long as its last
// entry is to stay, its raw stream keeps what its hours' sums lack without that exception, and hours and
// days keep their last entry. What is packed are entries as they were written, which build on what was before;
// so where a gauge is packed, its hours stay at least as long as that.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/metric/kind.h"
#include "common/settings/settings.h"

namespace kilometric {

/// The entries below are removed; 0: none.
struct Boundaries {
  uint64_t raw = 0;
  uint64_t points = 0;
  uint64_t hour = 0;
  uint64_t day = 0;
};

/// The ms of the tiers' last entries, when they have any.
struct Tops {
  std::optional<uint64_t> points, hour, day;
};

/// The same for a gauge. `raw_top`: of its last raw entry, when it has one.
Boundaries keep_last(Boundaries below, std::optional<uint64_t> raw_top, const Tops& tops);

class Retention {
 public:
  Retention(const Settings& settings, Kind kind);

  /// Something is not kept for ever.
  bool trims() const { return raw_.has_value(); }

  /// Nothing is kept for ever, so that a key can end.
  bool forgets() const { return day_.has_value(); }

  Boundaries boundaries(uint64_t now, const Tops& tops) const;

 private:
  using Age = std::optional<std::chrono::hours>;

  Age raw_, hour_, day_;  ///< each at least as long as the one before
  Age points_;
};

/// That of each kind.
class Retentions {
 public:
  explicit Retentions(const Settings& settings);

  const Retention& of(Kind kind) const { return rows_[row_of(kind)]; }

 private:
  std::vector<Retention> rows_;
};

}  // namespace kilometric
