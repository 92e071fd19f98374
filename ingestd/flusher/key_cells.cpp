#include "ingestd/flusher/key_cells.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "ingestd/count/cells.h"

namespace kilometric {
namespace {

constexpr size_t kHashBits = 32;
constexpr uint64_t kPosition = 0xFFFF'FFFF;  ///< the lower half of a slot

/// So many places ahead the memory is asked for what a place needs.
constexpr size_t kAhead = 8;

auto order_of(const Segment* segment) { return std::pair(segment->header().worker, segment->header().number); }

}  // namespace

KeyCells::KeyCells(std::vector<const Segment*> segments, const std::vector<const OldSegment*>& old_segments,
                   int64_t epoch_ms)
    : epoch_ms_(epoch_ms), segments_(std::move(segments)) {
  std::ranges::sort(segments_, {}, order_of);
  for (const OldSegment* segment : old_segments)
    segment->for_each_gain([&](std::string_view key, const Amount& gain) {
      gains_.push_back(BatchEntry{0, Counter{gain}, key});
    });
  for (size_t i = 0; i < segments_.size(); ++i)
    segments_[i]->for_each_key([&](uint64_t at) {
      if (kilometric::kind_of(segments_[i]->cell(at).kind)) add(i, at);
    });
  for (size_t i = 0; i < gains_.size(); ++i) add(segments_.size(), i);
  link();
}

void KeyCells::add(size_t segment, uint64_t at) {
  Place place{at, static_cast<uint32_t>(segment), 0};
  const std::string_view key = key_of(place);
  const uint64_t hash =
      XXH3_64bits_withSeed(key.data(), key.size(), seed_ + static_cast<uint64_t>(kind_of(place)));
  place.hash = static_cast<uint32_t>(hash);
  places_.push_back(place);
}

/// From the last place to the first, so that the first of each metric leads to the others in their order.
void KeyCells::link() {
  slots_ = Zeros(std::bit_ceil(2 * places_.size() + 2));
  const size_t mask = slots_.size() - 1;
  for (size_t i = places_.size(); i-- > 0;) {
    if (i >= kAhead) __builtin_prefetch(slots_.begin() + (places_[i - kAhead].hash & mask));
    Place& place = places_[i];
    size_t at = place.hash & mask;
    for (; slots_[at] != 0; at = (at + 1) & mask) {
      if (slots_[at] >> kHashBits != place.hash) continue;
      Place& later = places_[(slots_[at] & kPosition) - 1];
      if (!same_metric(later, place)) continue;
      later.follows = true;
      place.next = static_cast<uint32_t>(slots_[at] & kPosition);
      break;
    }
    slots_[at] = uint64_t{place.hash} << kHashBits | (i + 1);
  }
}

bool KeyCells::same_metric(const Place& one, const Place& other) const {
  return key_of(one) == key_of(other) && kind_of(one) == kind_of(other);
}

Kind KeyCells::kind_of(const Place& place) const {
  return is_gain(place) ? Kind::counter : static_cast<Kind>(segments_[place.segment]->cell(place.at).kind);
}

std::string_view KeyCells::key_of(const Place& place) const {
  return is_gain(place) ? gains_[place.at].key : segments_[place.segment]->key(place.at);
}

Delta KeyCells::delta_of(const Place& place) const {
  if (is_gain(place)) return gains_[place.at].delta;
  Delta delta = kilometric::delta_of(*segments_[place.segment], place.at);
  delta.shift_times(epoch_ms_);
  return delta;
}

bool KeyCells::same_worker(const Place& one, const Place& other) const {
  return !is_gain(one) && !is_gain(other) &&
         segments_[one.segment]->header().worker == segments_[other.segment]->header().worker;
}

BatchEntry KeyCells::entry_at(size_t index) const {
  const Place* place = &places_[index];
  BatchEntry entry{0, delta_of(*place), key_of(*place)};
  const auto next = [this, &place] { return place->next == 0 ? nullptr : &places_[place->next - 1]; };
  const Place* before = place;
  for (place = next(); place != nullptr && same_worker(*before, *place); place = next())
    entry.delta.then(delta_of(*place));
  while (place != nullptr) {
    before = place;
    Delta own = delta_of(*place);
    for (place = next(); place != nullptr && same_worker(*before, *place); place = next())
      own.then(delta_of(*place));
    entry.delta.merge(own);
  }
  return entry;
}

/// A place's cell follows that of the place before; those of its next places lie anywhere.
void KeyCells::prefetch(size_t index) const {
  if (index + 2 * kAhead < places_.size())
    if (const uint32_t next = places_[index + 2 * kAhead].next) __builtin_prefetch(&places_[next - 1]);
  if (index + kAhead >= places_.size() || places_[index + kAhead].next == 0) return;
  const Place& next = places_[places_[index + kAhead].next - 1];
  if (!is_gain(next)) __builtin_prefetch(&segments_[next.segment]->cell(next.at));
}

}  // namespace kilometric
