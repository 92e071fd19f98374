// The spool of an ingestd on this host, looked into and never written to. A batch is read as the daemon reads
// it, every byte checked.
//
// What is no spool, or may not be read, is a Failure that names the folder and says what to do.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ingestd/spool/batch.h"

namespace kilometric::tool {

class SpoolView {
 public:
  /// `state`: the folder of KILOMETRIC_STATE_DIR.
  explicit SpoolView(std::filesystem::path state);

  /// The numbers of the batches in one of its folders (kept, pending, aside, doubtful), in order.
  std::vector<uint64_t> numbers(const std::string& folder) const;
  /// nullopt: it is gone meanwhile. Of a damaged one a Failure says what is wrong with it.
  std::optional<Batch> open(const std::string& folder, uint64_t number) const;

  /// The batch that was stored last, and of its kind: acknowledged (kept), or on its way (pending).
  std::optional<std::pair<std::string, Batch>> newest() const;

  std::filesystem::path path(const std::string& folder, uint64_t number) const;

 private:
  std::filesystem::path state_, spool_;
};

}  // namespace kilometric::tool
