// A batch: one interval's entries, stored in the spool before they are sent. A file that holds (key, delta)
// pairs under one entry ID, and the names of the segments that they came from. Written by the flusher under
// a name that does not count, synced, and then renamed: it is visible only when whole.
//
// The file: a BatchHeader in the machine's own byte order; behind it, in varints (common/varint.h):
//
//   entries   flags u8 (see below), kind u8, key length, key, [ms], delta as its kind writes it
//   segments  identity 16 bytes each
//
// A worked example: an entry, my-metric +42; flags 0, kind 1 (counter), nine bytes of key, 42 and no millionths
//
//   00 01 09 6d 79 2d 6d 65 74 72 69 63 54 00
//
// The entry ID is `<ms of the header>-<instance>`. An entry with an `ms` of its own has another one,
// see layout::late_second_part: the batch's ID came too late for that key's stream, or it has none.
//
// The segments it names are harvested, into it or earlier: what is found of them is never harvested again, and
// one that names them stays in the spool until they are gone. Every rewrite of a batch keeps the names.
//
// Version 2, as Kilometric wrote it up to commit 5a91ce1, is read too:
//
//   entries   flags u8, key length u8, key, [ms], delta's whole, signed, [its millionths, signed]
//   segments  identity 16 bytes, count u64, then count times: cells since the mark before, whole, millionths
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/kind.h"
#include "ingestd/count/old_segment.h"
#include "ingestd/system/identity.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

struct BatchHeader {
  static constexpr char kMagic[8] = {'K', 'M', 'B', 'A', 'T', 'C', 'H', '1'};
  static constexpr uint32_t kVersion = 3;

  char magic[8];
  uint32_t version;
  uint32_t bytes;     ///< of this struct
  uint64_t checksum;  ///< XXH3 of the file behind this field
  uint64_t number;    ///< 1, 2, 3, ... within one spool
  uint64_t covers;    ///< the batch that was merged into this one last, and is void; else `number`
  uint64_t ms;        ///< first half of the entry ID; zero: Redis had never told its time
  uint64_t instance;
  int64_t boot_ms;  ///< when it was harvested, since boot ...
  Identity boot;    ///< ... of which boot
  int64_t wall_ms;  ///< ... and by the host's clock
  uint64_t entries;
  uint64_t entries_bytes;
  uint64_t segments;
  uint64_t segments_bytes;
};

struct BatchEntry {
  uint64_t ms;
  Delta delta;
  std::string_view key;
};

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

class Batch {
 public:
  Batch() = default;

  /// Throws std::runtime_error saying what is wrong with a file that is no whole batch, and
  /// std::system_error when the system does not let us read it.
  static Batch open(const std::filesystem::path& path);

  const BatchHeader& header() const { return *reinterpret_cast<const BatchHeader*>(file_.data()); }
  size_t size() const { return offsets_.size(); }
  BatchEntry operator[](size_t index) const;
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
