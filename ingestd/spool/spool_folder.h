// One folder of the spool: batches, each in a file whose name is its number.
//
// Owned by the spool. Nothing of a batch is held. A file that is no batch is put aside under another name,
// logged and counted. When the disk does not let us read or write, that is a std::system_error, nothing has
// changed, and the same may be tried again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <system_error>
#include <vector>

#include "ingestd/spool/batch.h"
#include "ingestd/spool/batch_writer.h"

namespace kilometric {

class SpoolFolder {
 public:
  SpoolFolder(const std::filesystem::path& spool, const char* name)
      : path_(spool / name), unborn_(spool / "unborn") {}

  /// In the spool, which is made too, but not the state folder above: one that is unmounted must not be
  /// replaced.
  void make() const;

  struct Found {
    BatchHeader header;
    uint64_t bytes;
    uint64_t oldest_ms;  ///< see oldest_of()
    std::vector<Identity> segments;
  };
  /// All that is there, by number.
  std::map<uint64_t, Found> scan();

  std::filesystem::path path(uint64_t number) const { return path_ / std::to_string(number); }
  Batch open(uint64_t number) { return open(path(number)); }  ///< empty when it is no batch, or gone

  /// Under the number of its header, in one moment: nothing of it is there before all is. Returns its bytes.
  using Write = std::function<void(BatchWriter& writer)>;
  uint64_t write(const BatchHeader& header, const Write& write) const;

  std::error_code move(uint64_t number, const SpoolFolder& to) const;
  /// Whether nothing of this number is there any more. What cannot be removed is logged once.
  bool remove(uint64_t number);

  uint64_t unreadable() const { return unreadable_; }  ///< files that were no batch, or gone

 private:
  Batch open(const std::filesystem::path& path);

  std::filesystem::path path_, unborn_;
  uint64_t unreadable_ = 0;
  std::set<uint64_t> complained_of_;
};

/// The least first half of its entries' IDs; the greatest number when none has an ID yet.
uint64_t oldest_of(const Batch& batch);

}  // namespace kilometric
