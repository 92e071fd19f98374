// Some of the lines that a worker rejected lately, so that an operator sees what they are and who sends them:
// of each reason the last few, at most one each tenth of a second. They lie in the file `rejected-<worker>` in
// the runtime folder, so that those of a killed worker stay, and any worker can show those of all.
//
// Who writes: the worker that holds the lock of its worker's file. Who reads: every worker's /rejected, and the
// flusher for its log. A slot's turn is odd while it is written, and has moved on when it is; what was read
// meanwhile is dropped. Nothing else depends on these files: where there is no room for one, nothing is kept.
//
//   0      magic, and how large a slot is; a file of another size or version is made anew
//   64     kSlots slots for each outcome
#pragma once

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "ingestd/count/statistics.h"
#include "ingestd/parse/outcome.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

/// As it is shown: what is no printable ASCII, and a backslash, is written as \x0A, and it is cut.
struct RejectedLine {
  int64_t at_ms;  ///< by boot_ms()
  Outcome outcome;
  Via via;
  std::string sender;  ///< "10.0.0.7:5123", "unknown"
  std::string text;
  uint64_t bytes;  ///< of the whole line
};

class RejectedLines {
 public:
  static constexpr size_t kSlots = 8;
  static constexpr size_t kTextBytes = 200;
  static constexpr int64_t kLeastGapMs = 100;

  static std::filesystem::path path(const std::filesystem::path& folder, unsigned worker);

  /// For the worker.
  RejectedLines(const std::filesystem::path& folder, unsigned worker) noexcept;

  /// Whether a line with this outcome is to be kept, now that it has come.
  bool due(Outcome outcome) const noexcept;

  /// In the place of the oldest one of this outcome.
  void keep(Outcome outcome, Via via, std::string_view sender, std::string_view line) noexcept;

  /// What all workers have kept, the newest first.
  static std::vector<RejectedLine> recent(const std::filesystem::path& folder, unsigned workers);

 private:
  struct Content {
    int64_t at_ms;  ///< 0: nothing yet
    uint64_t line_bytes;
    uint8_t via, sender_bytes, text_bytes;
    char sender[64];
    char text[kTextBytes];
  };
  struct alignas(64) Slot {
    std::atomic<uint64_t> turn;
    Content content;
  };
  struct alignas(64) Header {
    static constexpr char kMagic[8] = {'K', 'M', 'R', 'E', 'J', 'C', 'T', '1'};

    char magic[8];
    uint64_t slot_bytes;
  };
  static constexpr size_t kFileBytes = sizeof(Header) + kOutcomes * kSlots * sizeof(Slot);

  static bool is_whole(const MappedFile& file) noexcept;
  static MappedFile make(const std::filesystem::path& path);
  static Slot* slots(const MappedFile& file, size_t outcome) noexcept {
    return reinterpret_cast<Slot*>(file.data() + sizeof(Header)) + outcome * kSlots;
  }
  static void read(const MappedFile& file, std::vector<RejectedLine>& lines);
  static bool read(const Slot& slot, RejectedLine& line);

  MappedFile file_;
  std::array<int64_t, kOutcomes> due_ms_{};
};

/// The line of `text` that `within` points into; empty when it points elsewhere.
std::string_view line_around(std::string_view text, const char* within) noexcept;

}  // namespace kilometric
