// What the log says of entries that are set aside: the name of each stream that takes none, why, and what to
// do. A stream is named once, not with each batch.
//
// Owned by the sender, which tells it of a batch's entries once they are set aside. Names come from strangers,
// so only so many are told; all entries are counted in /metrics.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "ingestd/send/open_batch.h"

namespace kilometric {

class AsideLog {
 public:
  /// `entries`: by index, as OpenBatch::aside() has them.
  void tell(const OpenBatch& batch, const std::vector<size_t>& entries);

 private:
  std::set<std::string> told_;
};

}  // namespace kilometric
