#include "common/http/lines.h"

namespace kilometric {
namespace {

constexpr const char* kBareLf = "a line ends in a bare LF; end each line in CR LF";
constexpr const char* kBareCr = "a CR is not followed by LF; end each line in CR LF";
constexpr const char* kNul = "the head holds a NUL byte; remove it";
constexpr const char* kFold = "a header line begins with a blank; send each header on one line";
constexpr const char* kNoName = "a header has no name; write it as Name: value";
constexpr const char* kRequestLine =
    "the request line is not METHOD URL HTTP/1.1 with one space between; encode spaces as %20";

void append_encoded(unsigned char byte, std::string& text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  text += '%';
  text += kDigits[byte >> 4];
  text += kDigits[byte & 0xF];
}

/// The first place from `at` on that needs a look: in the request line anything but visible ASCII,
/// elsewhere in a line a byte that may be CR, LF or NUL.
size_t skip_plain(std::string_view bytes, size_t at, bool request_line) {
  const unsigned char least = request_line ? ' ' + 1 : '\r' + 1;
  const unsigned char most = request_line ? 0x7F : 0xFF;
  for (; at < bytes.size(); ++at)
    if (const auto byte = static_cast<unsigned char>(bytes[at]); byte < least || byte > most) break;
  return at;
}

}  // namespace

void HttpLines::begin_trailer() {
  begin_head();
  state_ = State::line_begin;
}

size_t HttpLines::copy(std::string_view bytes, std::string& text) {
  size_t at = 0, copied = 0;
  for (; at < bytes.size() && state_ != State::complete; ++at) {
    if (state_ == State::request_line || state_ == State::line)
      at = skip_plain(bytes, at, state_ == State::request_line);
    if (at == bytes.size()) break;
    const auto byte = static_cast<unsigned char>(bytes[at]);
    if (byte >= 0x80 && state_ == State::request_line) {
      text.append(bytes, copied, at - copied);
      append_encoded(byte, text);
      copied = at + 1;
      continue;
    }
    state_ = next(byte);
    if (state_ == State::wrong) break;
  }
  text.append(bytes, copied, at - copied);
  return at;
}

HttpLines::State HttpLines::next(unsigned char byte) {
  switch (state_) {
    case State::request_line:
      if (byte == '\r') return end_request_line();
      spaces_ += byte == ' ';
      [[fallthrough]];
    case State::line:
      if (byte > '\r') return state_;
      if (byte == '\r') return State::line_cr;
      if (byte == '\n') return refuse(kBareLf);
      return byte == 0 ? refuse(kNul) : state_;
    case State::line_begin:
      if (byte == '\r') return State::empty_cr;
      if (byte == '\n') return refuse(kBareLf);
      if (byte == ' ' || byte == '\t') return refuse(kFold);
      if (byte == ':') return refuse(kNoName);
      return byte == 0 ? refuse(kNul) : State::line;
    case State::line_cr:
      return byte == '\n' ? State::line_begin : refuse(kBareCr);
    case State::empty_cr:
      return byte == '\n' ? State::complete : refuse(kBareCr);
    default:
      return state_;
  }
}

HttpLines::State HttpLines::end_request_line() { return spaces_ == 2 ? State::line_cr : refuse(kRequestLine); }

HttpLines::State HttpLines::refuse(const char* error) {
  error_ = error;
  return State::wrong;
}

}  // namespace kilometric
