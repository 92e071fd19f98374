// The header lines that every answer of a server bears: `Date`, by this host's clock, and what the daemon
// wants.
//
// Owned by the server, which asks for them with each answer; they are made anew once a second.
#pragma once

#include <ctime>
#include <string>
#include <utility>

namespace kilometric {

class HttpCommonLines {
 public:
  /// `lines`: each with its CRLF, from now on.
  void set(std::string lines) {
    own_ = std::move(lines);
    second_ = -1;
  }

  /// Good until the next call.
  const std::string& text() {
    if (const std::time_t now = std::time(nullptr); now != second_) make(now);
    return text_;
  }

 private:
  void make(std::time_t now);

  std::string own_, text_;
  std::time_t second_ = -1;  ///< of the date in the text
};

}  // namespace kilometric
