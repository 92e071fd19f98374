#include "common/metrics_text.h"

#include <doctest/doctest.h>

#include <limits>

TEST_SUITE_BEGIN("common");

TEST_CASE("Prometheus' text, byte for byte") {
  kilometric::MetricsText metrics;
  metrics.counter("lines_total", "Lines received.");
  metrics.sample(uint64_t{18446744073709551615u}, "via=\"udp\"");
  metrics.sample(uint64_t{0}, "via=\"http\",reason=\"bad_key\"");
  metrics.gauge("age_seconds", "Age.");
  metrics.sample(0.25);
  metrics.sample(3.0);
  metrics.sample(std::numeric_limits<double>::quiet_NaN());
  metrics.sample(std::numeric_limits<double>::infinity());
  metrics.sample(-std::numeric_limits<double>::infinity());
  CHECK(metrics.text() ==
        "# HELP lines_total Lines received.\n"
        "# TYPE lines_total counter\n"
        "lines_total{via=\"udp\"} 18446744073709551615\n"
        "lines_total{via=\"http\",reason=\"bad_key\"} 0\n"
        "# HELP age_seconds Age.\n"
        "# TYPE age_seconds gauge\n"
        "age_seconds 0.25\n"
        "age_seconds 3\n"
        "age_seconds NaN\n"
        "age_seconds +Inf\n"
        "age_seconds -Inf\n");
}
