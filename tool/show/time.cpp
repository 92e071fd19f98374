#include "tool/show/time.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <utility>

namespace kilometric::tool {
namespace {

constexpr int64_t kSecond = 1'000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr int64_t kMostMs = 253'402'300'799'999;  ///< the year 9999
constexpr std::array<std::pair<std::string_view, int64_t>, 7> kUnits = {{{"min", kMinute},
                                                                         {"s", kSecond},
                                                                         {"m", kMinute},
                                                                         {"h", kHour},
                                                                         {"d", kDay},
                                                                         {"w", 7 * kDay},
                                                                         {"y", 365 * kDay}}};

std::optional<int64_t> take_number(std::string_view& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0 || number > kMostMs) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

tm local(int64_t ms) {
  const auto seconds = static_cast<time_t>(ms / kSecond);
  tm parts{};
  localtime_r(&seconds, &parts);
  return parts;
}

std::string date_of(const tm& parts) {
  return fmt::format("{}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string minute_of(const tm& parts) { return fmt::format("{:02}:{:02}", parts.tm_hour, parts.tm_min); }

}  // namespace

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::optional<int64_t> span_ms(std::string_view text) {
  int64_t sum = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    int64_t unit = 0;
    for (const auto& [name, ms] : kUnits) {
      if (unit != 0 || !text.starts_with(name)) continue;
      unit = ms;
      text.remove_prefix(name.size());
    }
    if (unit == 0 || *number > kMostMs / unit) return std::nullopt;
    sum += *number * unit;
    if (sum > kMostMs) return std::nullopt;
  }
  return sum;
}

std::optional<int64_t> moment_ms(std::string_view text, int64_t now) {
  if (text == "now") return now;
  if (text.starts_with("now")) text.remove_prefix(3);
  if (text.starts_with('-') || text.starts_with('+')) {
    const auto span = span_ms(text.substr(1));
    return span ? std::optional(text.front() == '-' ? now - *span : now + *span) : std::nullopt;
  }
  const bool is_s = text.size() == 10 && text.front() != '0';
  const auto number = take_number(text);
  if (!number || !text.empty()) return std::nullopt;
  return is_s ? *number * kSecond : *number;
}

std::string time_text(int64_t ms, int64_t span) {
  const tm parts = local(ms);
  if (span <= 15 * kMinute) return fmt::format("{}:{:02}", minute_of(parts), parts.tm_sec);
  if (span <= kDay) return minute_of(parts);
  if (span <= 60 * kDay) return date_of(parts).substr(5) + " " + minute_of(parts);
  return date_of(parts);
}

std::string full_time(int64_t ms) {
  const tm parts = local(ms);
  const std::string text = fmt::format("{} {}:{:02}", date_of(parts), minute_of(parts), parts.tm_sec);
  return ms % kSecond == 0 ? text : text + fmt::format(".{:03}", ms % kSecond);
}

std::string span_text(int64_t ms) {
  for (const auto& [name, unit] : {std::pair{"d", kDay}, {"h", kHour}, {"min", kMinute}})
    if (ms >= unit && (ms % unit == 0 || ms >= 10 * unit)) return fmt::format("{} {}", ms / unit, name);
  return ms % kSecond == 0 ? fmt::format("{} s", ms / kSecond)
                           : fmt::format("{:.1f} s", static_cast<double>(ms) / 1000);
}

}  // namespace kilometric::tool
