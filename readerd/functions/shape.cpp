#include "readerd/functions/shape.h"

#include "readerd/output/body.h"

namespace kilometric {
namespace {

__extension__ using Wide = __int128;  // 2^63 and its millionths, times a thousand

}  // namespace

Amount per_second(const Amount& amount, uint64_t ms) {
  const Wide millionths = Wide{amount.whole} * kMillion + amount.millionths;
  const Wide scaled = millionths * 1000, half = (scaled < 0 ? -1 : 1) * static_cast<Wide>(ms / 2);
  const Wide rate = (scaled + half) / static_cast<Wide>(ms);
  return {static_cast<int64_t>(rate / kMillion), static_cast<int64_t>(rate % kMillion)};
}

/// An end of the range that was not given is where the buckets begin, or end.
void Shape::begin(std::string_view name) {
  written_ = 0;
  due_.reset();
  output_.begin_metric(name);
  if (!query_.fills()) return;
  if (ascending() && query_.from_given) due_ = query_.period.start_of(query_.range.from.ms);
  if (!ascending() && query_.to_given) due_ = query_.period.start_of(query_.range.to.ms);
}

bool Shape::add(const Bucket& bucket) {
  if (query_.fills() && !fill_up_to(bucket.from)) return false;
  Value value{bucket.from, bucket.to, bucket.value};
  if (query_.type == Query::Type::rate)
    value.value = per_second(bucket.value, query_.period.next(bucket.from) - bucket.from);
  write(value);
  if (query_.fills()) advance(bucket.from);
  return true;
}

bool Shape::end() {
  if (query_.fills() && ascending() && query_.to_given &&
      !fill_up_to(query_.period.next(query_.period.start_of(query_.range.to.ms))))
    return false;
  if (query_.fills() && !ascending() && query_.from_given) {
    const uint64_t first = query_.period.start_of(query_.range.from.ms);
    if (!fill_up_to(first)) return false;
    if (due_ == first) write_empty(first);
  }
  output_.end_metric();
  return true;
}

/// Writes the empty periods before the one that begins at `start`. False: as many as make a long output.
bool Shape::fill_up_to(uint64_t start) {
  while (due_ && !full() && (ascending() ? *due_ < start : *due_ > start)) {
    if (output_.text().size() >= Body::kPieceBytes) return false;
    const uint64_t from = *due_;
    write_empty(from);
    advance(from);
  }
  return true;
}

void Shape::write_empty(uint64_t start) {
  write({start, start, query_.fill == Query::Fill::zero ? std::optional(Amount{}) : std::nullopt});
}

void Shape::advance(uint64_t start) {
  due_.reset();
  if (ascending()) {
    if (const uint64_t next = query_.period.next(start); next != kMostMs) due_ = next;
  } else if (start > 0) {
    due_ = query_.period.start_of(start - 1);
  }
}

void Shape::write(const Value& value) {
  if (full()) return;
  output_.add(value);
  ++written_;
}

}  // namespace kilometric
