// The values of one metric, on their way from buckets to the output: rates are computed, empty periods
// are filled in if they are asked for, and what is beyond the limit is left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "readerd/output/output.h"
#include "readerd/query/query.h"
#include "readerd/series/buckets.h"

namespace kilometric {

class Shape {
 public:
  Shape(const Query& query, Output& output) : query_(query), output_(output) {}

  void begin(std::string_view name);

  // Both may write many empty periods. False: the output is long now; send it, and call again.
  bool add(const Bucket& bucket);
  bool end();

  /// The limit is reached: no further bucket is of use.
  bool full() const { return query_.limit != 0 && written_ == query_.limit; }

 private:
  bool ascending() const { return query_.order == Order::ascending; }
  bool fill_up_to(uint64_t start);
  void write(const Value& value);
  void write_empty(uint64_t start);
  void advance(uint64_t start);

  const Query& query_;
  Output& output_;
  uint64_t written_ = 0;
  std::optional<uint64_t> due_;  ///< start of the next period to be written, when empty ones are filled in
};

/// What `amount` in `ms` is in a second, rounded to millionths. `ms`: not 0.
Amount per_second(const Amount& amount, uint64_t ms);

}  // namespace kilometric
