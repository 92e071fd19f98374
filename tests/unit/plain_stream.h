// What a stream's bytes say, byte by byte: a second, plain way to compute what ingestd/worker/stream_text.h
// does. For tests and fuzzers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kilometric {

class PlainStream {
 public:
  static constexpr size_t kMostLine = 8'192, kMostMessage = 65'536;

  explicit PlainStream(bool in_messages) : in_messages_(in_messages) {}

  void take(std::string_view bytes) {
    for (const char byte : bytes) take(byte);
  }

  /// The last line is whole.
  void end() { end_line(); }

  std::vector<std::string> lines;  ///< whole ones, of a length that is taken; empty ones, too
  std::string rest;                ///< of a line that is unfinished
  uint64_t too_long = 0;           ///< lines, and a message
  bool broken = false;             ///< a message is too long: nothing behind it counts

 private:
  void take(char byte) {
    if (broken) return;
    if (in_messages_ && left_ == 0) return take_length(byte);
    if (byte == '\n')
      end_line();
    else if (!skipping_)
      rest += byte;
    if (rest.size() > kMostLine) {
      ++too_long;
      skipping_ = true;
      rest.clear();
    }
    if (in_messages_ && --left_ == 0) end_line();
  }
  void take_length(char byte) {
    length_ += byte;
    if (length_.size() < 4) return;
    for (size_t i = 4; i > 0; --i) left_ = left_ << 8 | static_cast<unsigned char>(length_[i - 1]);
    length_.clear();
    broken = left_ > kMostMessage;
    too_long += broken;
  }
  void end_line() {
    if (!skipping_) lines.push_back(std::exchange(rest, {}));
    skipping_ = false;
  }

  const bool in_messages_;
  uint64_t left_ = 0;
  std::string length_;
  bool skipping_ = false;
};

}  // namespace kilometric
