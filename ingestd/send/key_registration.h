// The registration of a batch's keys in the index of keys, many in one command. Only keys that the index was
// not told lately are told (ingestd/send/told_keys.h); telling one twice changes nothing, so after a loss it
// begins again.
//
//   ZADD kilometric:keys 0 <key> 0 <key> ...
//
// An index may be emptied, deleted or evicted. So of each batch a few keys that it is believed to know are
// looked up (ZSCORE); when one is missing, everything is told again.
//
// Owned by the sender, which sends what this gives it once all entries of the batch were sent: a key that is in
// the index has a stream.
#pragma once

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

#include "ingestd/send/told_keys.h"
#include "ingestd/spool/batch.h"

namespace kilometric {

class KeyRegistration {
 public:
  explicit KeyRegistration(ToldKeys& told) : told_(told) {}

  /// Begins with a batch, which is given to all calls until the next begin().
  void begin() {
    next_ = 0;
    sampled_ = false;
  }
  void begin_again() { next_ = 0; }

  bool done(const Batch& batch) const { return next_ == batch.size(); }

  /// Some keys of the batch that the index is believed to know, to be looked up; none when it was called
  /// before.
  std::vector<std::string_view> samples(const Batch& batch);

  struct Part {
    std::vector<std::string_view> command;  ///< valid as long as the batch is; empty: there are no more
    size_t begin, end;                      ///< of the entries that it is about
  };
  /// The next keys that are to be told.
  Part next(const Batch& batch);

  /// Redis has taken this part.
  void on_told(const Batch& batch, const Part& part);

  /// A key is missing: all are to be told again.
  void on_missing();

 private:
  ToldKeys& told_;
  std::minstd_rand random_{std::random_device{}()};
  size_t next_ = 0;
  bool sampled_ = false;
};

}  // namespace kilometric
