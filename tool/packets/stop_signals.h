// SIGINT and SIGTERM as something that is waited for, so that a verb ends with its last words.
//
// One a process; the signals stay blocked.
#pragma once

#include <chrono>

#include "tool/http/dial.h"

namespace kilometric::tool {

class StopSignals {
 public:
  StopSignals();

  int descriptor() const { return socket_.descriptor(); }  ///< readable once a signal has come

  /// Whether one has come, or comes within that time.
  bool await(std::chrono::nanoseconds patience) const;

 private:
  Socket socket_;
};

}  // namespace kilometric::tool
