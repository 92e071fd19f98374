// Whoever takes the buckets of series: one series after the other, and its buckets in their order.
//
// What a sink makes of them ends in an output, which a client takes at its own pace. So add(), end() and
// finish() return false when there is so much output that it must be sent first; the same call, made again,
// goes on. False is also returned when refusal() says why nothing more is taken.
#pragma once

#include <optional>
#include <string_view>

#include "common/http/refusal.h"
#include "readerd/series/buckets.h"

namespace kilometric {

class Sink {
 public:
  virtual ~Sink() = default;

  virtual void begin(std::string_view name) = 0;  ///< a series, and how it is called
  virtual bool add(const Bucket& bucket) = 0;
  virtual bool end() = 0;         ///< of the series
  virtual bool finish() = 0;      ///< after the last series, or the last of a sum
  virtual bool full() const = 0;  ///< no further bucket of this series is of use

  virtual const std::optional<Refusal>& refusal() const { return refusal_; }

 protected:
  std::optional<Refusal> refusal_;
};

}  // namespace kilometric
