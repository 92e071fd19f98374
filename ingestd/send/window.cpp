#include "ingestd/send/window.h"

#include <algorithm>

namespace kilometric {
namespace {

constexpr size_t kLeastWindow = 50;
constexpr size_t kUnhurriedMs = 750;
constexpr std::chrono::milliseconds kUnhurriedPause{1};
constexpr size_t kHurriedWindow = 800;
constexpr std::chrono::milliseconds kHurriedPause{2};

}  // namespace

void Window::begin(size_t entries, bool hurried) {
  unhurried_ = std::max(entries / kUnhurriedMs, kLeastWindow);
  began_ms_ = uv_now(loop_.raw());
  pace(hurried);
}

size_t Window::most(bool others_wait) {
  if (!hurried_ && is_too_slow(others_wait)) pace(true);
  return hurried_ ? kHurriedWindow : unhurried_;
}

bool Window::is_too_slow(bool others_wait) const {
  const uint64_t took_ms = uv_now(loop_.raw()) - began_ms_;
  return stopping_ || others_wait || unhurried_ > kHurriedWindow / 2 || took_ms > 2 * kUnhurriedMs;
}

void Window::pace(bool hurried) {
  hurried_ = hurried;
  redis_.read_every(hurried ? kHurriedPause : kUnhurriedPause);
}

}  // namespace kilometric
