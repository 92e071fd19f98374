#include "readerd/graphite/render_text.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <string>

using namespace kilometric::graphite;

TEST_SUITE_BEGIN("readerd/graphite");

namespace {

std::string json_of(double value) {
  std::string text;
  append_series(text, {.name = "x", .start = -10, .step = 10, .values = {value}}, RenderQuery(), true);
  return text;
}

std::string json_with(const std::string& value) {
  return R"({"target":"x","tags":{},"datapoints":[[)" + value + ",-10]]}";
}

}  // namespace

TEST_CASE("numbers are written as fmt writes doubles, integers too") {
  for (const double least : {0.0, 1.0, 7.0, 10.5, 0.1, 123456.0, 1e14, 999999999999999.0, 1e15,
                             9007199254740992.0, 1e16, 1e18, 1e19, 1e300, 5e-324})
    for (const double value : {least, -least, least + 1, std::nextafter(least, 0)})
      CHECK(json_of(value) == json_with(fmt::format("{}", value)));
  CHECK(json_of(-0.0) == json_with("-0"));
  CHECK(json_of(42) == json_with("42"));
}

TEST_CASE("what is no finite number is null") {
  for (const double value : {kNone, HUGE_VAL, -HUGE_VAL}) CHECK(json_of(value) == json_with("null"));
}
