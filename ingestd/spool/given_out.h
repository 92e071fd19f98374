// What was given out last: a batch's number, and the first half of an entry ID. Neither is given out again, by
// this process or the next.
//
// Owned by the spool. They are in `spool/last`, mapped and never synced: after a power cut the file may be
// older than the batches, so the spool notes each batch that it finds.
#pragma once

#include <cstdint>
#include <filesystem>

#include "ingestd/spool/batch_format.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

class GivenOut {
 public:
  GivenOut() = default;
  /// Opens the file, or begins it when there is none. Throws std::system_error.
  explicit GivenOut(const std::filesystem::path& path);

  uint64_t last_number() const { return last_->number; }

  /// `now_ms`, or one more than the last, whichever is greater.
  uint64_t new_ms(int64_t now_ms);

  void note(const BatchHeader& header);

 private:
  struct Last {
    uint64_t number;
    uint64_t ms;
  };

  MappedFile file_;
  Last* last_ = nullptr;
};

}  // namespace kilometric
