// The memory that the connections of one server share: what each read goes into, parsers and buffers for who
// has something to do at the moment, and the account of what all of them hold.
//
// Owned by the server; its connections borrow from it, so that an idle one holds nothing.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/http/limits.h"
#include "common/http/parser.h"

namespace kilometric {

/// What one read takes at most.
inline constexpr size_t kHttpReadBytes = 64 * 1024;

class HttpMemory {
 public:
  /// Requires `limits` to outlive it.
  explicit HttpMemory(const HttpLimits& limits);

  /// kHttpReadBytes for one read. What is not handled before the next read has to be copied away.
  char* read_buffer() { return read_buffer_.get(); }

  std::unique_ptr<HttpParser> borrow_parser();
  void give_back(std::unique_ptr<HttpParser> parser);

  /// Requires `buffer` to be empty.
  void borrow_buffer(std::string& buffer) { buffer.swap(spare_buffer_); }
  void give_back(std::string& buffer);  ///< leaves `buffer` empty and without memory

  /// A connection holds `after` bytes where it held `before`.
  void account(size_t before, size_t after) { held_ += after - before; }

  /// True when `more` bytes would be too much.
  bool overloaded(size_t more = 0) const {
    return held_ > limits_.buffered_bytes || more > limits_.buffered_bytes - held_;
  }

 private:
  const HttpLimits& limits_;
  const std::unique_ptr<char[]> read_buffer_;
  std::vector<std::unique_ptr<HttpParser>> spare_parsers_;
  std::string spare_buffer_;
  size_t held_ = 0;
};

}  // namespace kilometric
