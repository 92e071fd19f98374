// When the installation last flushed, and how often it does: which step of time an answer has, and up to where
// what is absent is 0, not unknown.
//
// Asked of Redis for each request, in two rounds of short questions.
#pragma once

#include <cstdint>

#include "readerd/store/store.h"

namespace kilometric::graphite {

struct Pulse {
  int64_t interval = 10;  ///< seconds between flushes, of the slowest instance of the last hour; 10 without one
  int64_t last_flush = 0;  ///< seconds since the epoch; 0: nobody has, within a week
};

void ask_pulse(Store& store, Alive alive, Store::On<Pulse> on_pulse);

}  // namespace kilometric::graphite
