// A batch that is read: a file of the spool, mapped, and where in it each entry begins. What the file is like
// says ingestd/spool/batch_format.h.
//
// Owned by who opened it. Every byte is checked when it is opened; a file that is no whole batch is not opened.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "ingestd/count/old_segment.h"
#include "ingestd/spool/batch_format.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

class Batch {
 public:
  Batch() = default;

  /// Throws std::runtime_error saying what is wrong with a file that is no whole batch, and
  /// std::system_error when the system does not let us read it.
  static Batch open(const std::filesystem::path& path);

  const BatchHeader& header() const { return *reinterpret_cast<const BatchHeader*>(file_.data()); }
  size_t size() const { return offsets_.size(); }
  BatchEntry operator[](size_t index) const;
  /// Of an entry, without reading its delta, here and below.
  BatchKey key(size_t index) const;
  StoredEntry stored(size_t index) const;
  uint64_t ms(const BatchEntry& entry) const { return entry.ms ? entry.ms : header().ms; }
  explicit operator bool() const { return static_cast<bool>(file_); }

  /// The segments that were harvested into it, whole, and those of earlier batches that were still there.
  std::vector<Identity> segments() const;

  /// Of version 2: the marks that go with it, a segment at a time. They must be stored in the segments before
  /// these are harvested.
  struct SegmentMarks {
    Identity identity;
    std::vector<OldSegment::Mark> marks;
  };
  std::vector<SegmentMarks> marks() const;

 private:
  void index_entries();
  const std::byte* entries_end() const { return file_.data() + sizeof(BatchHeader) + header().entries_bytes; }

  MappedFile file_;
  std::vector<uint64_t> offsets_;  ///< of each entry in the file
};

}  // namespace kilometric
