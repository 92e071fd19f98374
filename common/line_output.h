// A descriptor that takes whole lines, and is never waited for: a terminal, a file, a pipe, a socket.
//
// Owned by the log (common/log.h). What cannot be written now is not written: nobody reads the pipe, the disk
// is full, the reader is gone. The descriptor keeps its flags, as other processes share them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string_view>

namespace kilometric {

class LineOutput {
 public:
  /// `fd` stays the caller's.
  explicit LineOutput(int fd);
  ~LineOutput();
  LineOutput(const LineOutput&) = delete;
  LineOutput& operator=(const LineOutput&) = delete;

  /// Requires `lines` to end with a line feed. False when not all of it was taken; a line that was cut is ended
  /// before the next one begins.
  bool write(std::string_view lines) noexcept;

 private:
  size_t write_what_fits(std::string_view text) noexcept;
  ssize_t write_some(std::string_view text) noexcept;

  int fd_;
  bool own_ = false;  ///< fd_ was opened here
  bool is_socket_ = false;
  size_t most_at_once_;
  bool cut_ = false;  ///< the last line has no end yet
};

}  // namespace kilometric
