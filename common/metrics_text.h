// Prometheus' text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
//
// Made and owned by whoever answers a request for /metrics: a metric is begun, then its samples follow. Nothing
// is checked or escaped: names, help and labels are our own words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kilometric {

inline constexpr std::string_view kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

class MetricsText {
 public:
  void counter(std::string_view name, std::string_view help);  ///< begins a metric; samples follow
  void gauge(std::string_view name, std::string_view help);
  /// `labels`: empty, or as `reason="bad_value"`.
  void sample(double value, std::string_view labels = {});
  void sample(uint64_t value, std::string_view labels = {});

  const std::string& text() const { return text_; }

 private:
  void begin(std::string_view name, std::string_view help, std::string_view type);
  std::string text_;
  std::string name_;
};

}  // namespace kilometric
