// One request and its answer, on a connection of its own. Blocking, with a limit of time for each step.
//
// What does not answer, or not in HTTP, is a Failure with status 69.
#pragma once

#include <chrono>
#include <string_view>

#include "tool/http/answer_parser.h"
#include "tool/http/dial.h"
#include "tool/http/url.h"

namespace kilometric::tool {

class Exchange {
 public:
  /// readerd itself gives up on Redis after 30 s.
  static constexpr std::chrono::milliseconds kPatience{35'000};
  static constexpr std::chrono::milliseconds kDialPatience{5'000};
  static constexpr size_t kMostBodyBytes = size_t{256} << 20;

  /// Sends the request.
  Exchange(const Url& url, std::string_view method, std::string_view target);

  /// Takes what has arrived, without waiting. False when the answer is complete.
  bool receive();
  HttpAnswer& answer() { return parser_.answer(); }
  /// Waits until the answer's head is there, or all of it.
  HttpAnswer& await_head();
  HttpAnswer& await_all();

  int descriptor() const { return socket_.descriptor(); }
  bool complete() const { return parser_.complete(); }

 private:
  void send(std::string_view text) const;
  void wait_and_receive();

  const Url url_;
  Socket socket_;
  AnswerParser parser_;
};

}  // namespace kilometric::tool
