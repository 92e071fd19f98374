#include "common/notify.h"

#include <systemd/sd-daemon.h>

#include <cstdint>

namespace kilometric {

void notify(const std::string& state) { sd_notify(0, state.c_str()); }

std::chrono::milliseconds watchdog_interval() {
  uint64_t patience_us = 0;
  if (sd_watchdog_enabled(0, &patience_us) <= 0) return {};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::microseconds(patience_us / 2));
}

}  // namespace kilometric
