#include "ingestd/spool/leftovers.h"

#include "ingestd/system/crash_point.h"

namespace kilometric {

void Leftovers::remove(uint64_t sum, uint64_t covered) {
  covered_[sum] = covered;
  crash_point();
  gone(sum);
}

bool Leftovers::gone(uint64_t sum) {
  const auto found = covered_.find(sum);
  if (found == covered_.end()) return true;
  bool all_removed = true;
  for (SpoolFolder* folder : folders_) all_removed = folder->remove(found->second) && all_removed;
  if (all_removed) covered_.erase(found);
  return all_removed;
}

std::vector<uint64_t> Leftovers::without(std::vector<uint64_t> batches) {
  std::erase_if(batches, [this](uint64_t number) { return !gone(number); });
  return batches;
}

}  // namespace kilometric
