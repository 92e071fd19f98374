// Writes a batch: entries go out through a buffer while they are added, the header goes last. The file is
// written under a name that does not count, synced, and then renamed: it is visible only when whole.
//
// Events go behind all metrics, in the order of their keys: the numbers of their IDs, which their stream takes
// in that order alone.
//
// Owned by who stores a batch, for as long as that takes. Errors are std::system_error; then, and when it is
// not committed, nothing is left behind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

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

  /// All entries first. The key of an event must live until the first segment is added.
  void add(const BatchEntry& entry);
  void add(const Identity& segment);  ///< Then the segments.

  /// Syncs the file, gives it its name (replacing what has it), and syncs the folder. Throws only
  /// when it did not get the name; returns its size in bytes.
  uint64_t commit(const std::filesystem::path& name);

 private:
  class Output;
  void write(const BatchEntry& entry);
  void write_events();

  BatchHeader header_;
  std::filesystem::path unborn_;
  std::unique_ptr<Output> output_;
  std::vector<BatchEntry> events_;
};

}  // namespace kilometric
