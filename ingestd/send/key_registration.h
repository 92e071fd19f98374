// The registration of a batch's keys in the index of keys, many in one command. Adding one twice changes
// nothing, so after a loss it begins again.
//
//   ZADD kilometric:keys 0 <key> 0 <key> ...
//
// Owned by the sender, which sends what this gives it once all entries of the batch were sent: a key that is in
// the index has a stream.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "ingestd/spool/batch.h"

namespace kilometric {

class KeyRegistration {
 public:
  /// Begins with the first key of a batch, which is given to all calls until the next begin().
  void begin() { next_ = 0; }

  bool done(const Batch& batch) const { return next_ == batch.size(); }

  /// The command for the next keys that the index may lack; empty when there are no more. Valid as long as
  /// the batch is.
  std::vector<std::string_view> next(const Batch& batch);

 private:
  size_t next_ = 0;
};

}  // namespace kilometric
