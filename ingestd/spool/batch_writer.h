// Writes a batch: entries go out through a buffer while they are added, the header goes last. The file is
// written under a name that does not count, synced, and then renamed: it is visible only when whole.
//
// Owned by who stores a batch, for as long as that takes. Errors are std::system_error; then, and when it is
// not committed, nothing is left behind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "ingestd/spool/batch_format.h"
#include "ingestd/system/identity.h"

namespace kilometric {

class BatchWriter {
 public:
  /// Begins `unborn`, a file in the spool's own file system. Errors are std::system_error, here and below.
  BatchWriter(const std::filesystem::path& unborn, const BatchHeader& header);
  ~BatchWriter();
  BatchWriter(const BatchWriter&) = delete;
  BatchWriter& operator=(const BatchWriter&) = delete;

  void add(const BatchEntry& entry);  ///< all entries first,
  void add(const Identity& segment);  ///< then the segments

  /// Syncs the file, gives it its name (replacing what has it), and syncs the folder. Throws only
  /// when it did not get the name; returns its size in bytes.
  uint64_t commit(const std::filesystem::path& name);

  uint64_t entries() const { return header_.entries; }

 private:
  class Output;
  BatchHeader header_;
  std::filesystem::path unborn_;
  std::unique_ptr<Output> output_;
};

}  // namespace kilometric
