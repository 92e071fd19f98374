// Counts HTTP answers by status in a stream of bytes, however it is cut.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

using Statuses = std::array<uint64_t, 600>;

class Answers {
 public:
  /// Takes the next bytes of the stream; returns how many answers they completed, each added to
  /// `statuses`. Throws std::runtime_error for what is no HTTP answer with a Content-Length or
  /// without a body.
  size_t take(std::string_view bytes, Statuses& statuses);

 private:
  std::string rest_;  // the beginning of an incomplete answer
};

}  // namespace bench
