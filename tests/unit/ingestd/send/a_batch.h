// A batch for one test, stored in a spool of its own.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "ingestd/spool/spool.h"
#include "tests/unit/temporary_folder.h"

namespace kilometric {

class ABatch {
 public:
  explicit ABatch(const std::vector<BatchEntry>& entries) : spool(folder_.path(), uint64_t{1} << 30) {
    BatchHeader header{};
    header.number = header.covers = 5;
    header.ms = 1000;
    header.instance = 7;
    spool.store(header, [&](BatchWriter& writer) {
      for (const BatchEntry& entry : entries) writer.add(entry);
    });
  }

 private:
  TemporaryFolder folder_;

 public:
  Spool spool;
};

/// `ms`: zero for the batch's.
inline BatchEntry an_entry(std::string_view key, uint64_t ms = 0) {
  BatchEntry entry{};
  entry.key = key;
  entry.ms = ms;
  return entry;
}

}  // namespace kilometric
