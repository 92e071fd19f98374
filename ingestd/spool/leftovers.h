// Leftovers: batches that were merged into another, their sum, and whose files are there still, as a process
// was killed in between or the system refused to remove them. The next process would take one for a batch, and
// count it twice, if nothing named it. So a sum that covers one is neither merged nor removed before it is
// gone.
//
// Owned by the spool. What cannot be removed is logged once, remembered, and tried again.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "ingestd/spool/spool_folder.h"

namespace kilometric {

class Leftovers {
 public:
  /// A sum may leave the folder that it was made in, so what it covers is looked for in all of them. Requires
  /// that they outlive this.
  explicit Leftovers(std::vector<SpoolFolder*> folders) : folders_(std::move(folders)) {}

  /// Removes what the sum covers, or remembers it.
  void remove(uint64_t sum, uint64_t covered);

  /// Whether the batch covers none, or none that is there; tries again to remove it.
  bool gone(uint64_t sum);

  /// Those of the batches that cover none. A sum names one alone, so it must not cover another as well.
  std::vector<uint64_t> without(std::vector<uint64_t> batches);

 private:
  std::vector<SpoolFolder*> folders_;
  std::map<uint64_t, uint64_t> covered_;  ///< by the number of the sum
};

}  // namespace kilometric
