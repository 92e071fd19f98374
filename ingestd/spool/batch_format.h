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
// Version 3 is the same, and has counters alone. Version 2, as Kilometric wrote it up to commit 5a91ce1, is
// read too:
//
//   entries   flags u8, key length u8, key, [ms], delta's whole, signed, [its millionths, signed]
//   segments  identity 16 bytes, count u64, then count times: cells since the mark before, whole, millionths
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "common/metric/kind.h"
#include "ingestd/system/identity.h"

namespace kilometric {

struct BatchHeader {
  static constexpr char kMagic[8] = {'K', 'M', 'B', 'A', 'T', 'C', 'H', '1'};
  static constexpr uint32_t kVersion = 4;

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

/// Up to here the checksum is not of the file: it ends with the checksum itself.
inline constexpr size_t kBatchChecksumEnd = offsetof(BatchHeader, checksum) + sizeof(uint64_t);

struct BatchKey {
  Kind kind;
  std::string_view key;
};

/// An entry whose delta is not read.
struct StoredEntry {
  uint64_t ms;
  Kind kind;
  std::string_view key;
  std::span<const std::byte> delta;  ///< begins with it; empty in version 2, where it is written otherwise
};

struct BatchEntry {
  static constexpr unsigned kOwnMs = 2;  ///< a flag; bit 0 was there in version 2, and means nothing any more

  uint64_t ms;
  Delta delta;
  std::string_view key;
};

}  // namespace kilometric
