// Entries set aside: their stream's key holds something else (WRONGTYPE), or they are doubtful, so they are
// taken out of their batch and the others pass. Each batch's are a batch themselves, of the same number, in a
// folder of their own. As long as it is there, these entries count as no part of the batch.
//
// Owned by the spool, one for each reason. When the disk does not let us read or write, that is a
// std::system_error, and nothing has changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "ingestd/spool/batch.h"
#include "ingestd/spool/ledger.h"
#include "ingestd/spool/spool_folder.h"

namespace kilometric {

class EntriesAside {
 public:
  EntriesAside(const std::filesystem::path& spool, const char* name) : folder_(spool, name) {}

  SpoolFolder& folder() { return folder_; }
  const SpoolFolder& folder() const { return folder_; }
  size_t size() const { return oldest_ms_.size(); }

  /// `ms`: the least of its entries, here and below.
  void add(uint64_t number, uint64_t ms) { oldest_ms_[number] = ms; }
  void forget(uint64_t number) { oldest_ms_.erase(number); }
  uint64_t ms(uint64_t number) const { return oldest_ms_.at(number); }

  /// Those of the batch: their kind, key and ms.
  using Entries = std::set<std::tuple<Kind, std::string, uint64_t>>;
  Entries of(const Batch& batch);
  static Entries::value_type name_of(const Batch& batch, size_t index);

  /// Puts these entries (by index) aside, beside those that are. Doing it again changes nothing.
  void put(const Batch& batch, const std::vector<size_t>& entries);

  /// Of batches that are neither pending nor kept, and so are all there is of them.
  std::vector<uint64_t> free(const Ledger& ledger) const;

  /// Returns its size; nothing, and says so, when it cannot be moved.
  std::optional<uint64_t> move(uint64_t number, const SpoolFolder& to);

 private:
  SpoolFolder folder_;
  std::map<uint64_t, uint64_t> oldest_ms_;
};

}  // namespace kilometric
