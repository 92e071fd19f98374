// The lines of a request's head (and of a chunked body's trailer), checked byte by byte before llhttp
// sees them.
//
// llhttp 8.1, strict mode included, lets these pass, and another program in front of us may read
// them differently, which is how requests are smuggled: a bare LF as the end of the request line or of
// the head, a field continued on the next line (obs-fold), a field without a name, more blanks than
// two in the request line, a request line without a version. All of them, and NUL and bare CR, end
// here. It refuses bytes above 0x7F in a URL, which curl sends as typed: those are handed on encoded
// as %XX, which means the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric {

class HttpLines {
 public:
  void begin_head() { *this = HttpLines(); }
  void begin_trailer();

  /// Appends what belongs to the lines to `text`, up to the end of the empty line, or to the byte
  /// that is wrong. Returns how many bytes of `bytes` were taken.
  size_t copy(std::string_view bytes, std::string& text);

  bool complete() const { return state_ == State::complete; }
  const char* error() const { return error_; }  ///< nullptr, or what is wrong and what to do

 private:
  enum class State : uint8_t {
    request_line,
    line_begin,
    line,
    line_cr,   ///< a CR that ends a line
    empty_cr,  ///< the CR of the empty line
    complete,
    wrong,
  };
  State next(unsigned char byte);
  State end_request_line();
  State refuse(const char* error);

  State state_ = State::request_line;
  unsigned spaces_ = 0;  ///< in the request line
  const char* error_ = nullptr;
};

}  // namespace kilometric
