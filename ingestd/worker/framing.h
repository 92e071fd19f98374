// Where in what is read of a stream lines are. By TCP all is lines. By the unix stream socket each message has
// its length before it, 4 bytes, little endian (DogStatsD's way), and a line ends where its message does.
//
// Owned by a stream. A length that is more than is taken makes took() false: where the next message begins,
// nobody knows, so the stream is at its end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace kilometric {

class Framing {
 public:
  static constexpr uint32_t kMostBytes = 65'536;  ///< of a message
  static constexpr size_t kLengthBytes = 4;

  explicit Framing(bool in_messages) : left_(in_messages ? 0 : kEndless) {}

  bool in_messages() const noexcept { return left_ != kEndless; }

  /// How many of the bytes that come next are lines.
  uint32_t left() const noexcept { return left_; }

  /// How many to read at most: to the message's end, and the length of the next one.
  size_t wanted() const noexcept { return in_messages() ? left_ + kLengthBytes - have_ : left_; }

  /// The next bytes, at most as many as wanted().
  bool took(std::string_view bytes) noexcept {
    if (!in_messages()) return true;
    const size_t lines = std::min<size_t>(bytes.size(), left_);
    left_ -= static_cast<uint32_t>(lines);
    for (const char byte : bytes.substr(lines)) {
      length_ |= static_cast<uint32_t>(static_cast<unsigned char>(byte)) << (8 * have_);
      ++have_;
    }
    if (have_ < kLengthBytes) return true;
    left_ = std::min(length_, kEndless - 1);
    length_ = 0;
    have_ = 0;
    return left_ <= kMostBytes;
  }

 private:
  static constexpr uint32_t kEndless = std::numeric_limits<uint32_t>::max();

  uint32_t left_;
  uint32_t length_ = 0;  ///< of the next message, as far as it is known
  uint8_t have_ = 0;     ///< bytes of that
};

}  // namespace kilometric
