// The registration of a batch's keys in the index of each one's kind, many in one command. Told are the keys
// that the index was not told lately, and a share of the others (ingestd/send/told_keys.h); telling one twice
// changes nothing, so after a loss it begins again.
//
//   ZADD kilometric:keys 0 <key> 0 <key> ...      answered by how many of them were new to it
//
// So a key that somebody has taken out of an index is in it again soon. When most of those that an index was
// told lately are new to it, it was emptied, deleted or evicted: then all keys of all kinds are told again at
// once.
//
// Of keys that are new to an index most have a stream that begins with this batch. Others have a history that
// somebody else wrote, and need a turn in the tiers soon: so each is looked at once.
//
// Events have no key that an index could have.
//
// Owned by the sender, which sends what this gives it once all entries of the batch were sent: a key that is in
// the index has a stream.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"
#include "ingestd/send/told_keys.h"
#include "ingestd/spool/batch.h"

namespace kilometric {

class KeyRegistration {
 public:
  explicit KeyRegistration(ToldKeys& told) : told_(told) {}

  /// Begins with a batch, which is given to all calls until the next begin().
  void begin() {
    told_.begin_batch();
    newcomers_.clear();
    begin_again();
  }
  void begin_again() {
    next_ = 0;
    parts_ = {};
  }

  /// Nothing is left to tell.
  bool done(const Batch& batch) const;

  /// Keys of one kind, for the index of that kind.
  struct Part {
    Kind kind = Kind::counter;
    std::vector<std::string_view> command;  ///< valid as long as the batch is; empty: there are no keys
    std::vector<uint64_t> hashes;           ///< of its keys
    std::vector<size_t> fresh;              ///< the entries of those that were not told lately
    uint64_t losses = 0;                    ///< before it was given out, see ToldKeys

    size_t size() const { return hashes.size(); }
  };
  /// The next keys that are to be told.
  Part next(const Batch& batch);

  /// Redis has taken this part; so many of its keys were new to the index.
  void on_told(const Part& part, size_t added);

  /// The next entry whose key may be new to the index: whether its stream has earlier entries is to be found
  /// out.
  std::optional<size_t> next_newcomer();
  /// It has, or it may have.
  void on_history(const Batch& batch, size_t index);

 private:
  void gather(const Batch& batch);
  Part& largest();

  ToldKeys& told_;
  size_t next_ = 0;  ///< entries before this one were passed
  std::vector<size_t> newcomers_;
  std::array<Part, kKinds.size()>
      parts_;  ///< with what of them is not given out yet: one of each row of kKinds
};

}  // namespace kilometric
