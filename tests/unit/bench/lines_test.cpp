#include "tests/bench/lines.h"

#include <doctest/doctest.h>

#include <map>
#include <sstream>

TEST_SUITE_BEGIN("bench");

TEST_CASE("packets hold every key equally often, are of one length, and the same each time") {
  const auto packets = bench::make_packets(1'000, 30, 100);
  CHECK(packets.size() == 100);
  std::map<std::string, int> seen;
  for (const std::string& packet : packets) {
    CHECK(packet.size() == packets.front().size());
    std::istringstream lines(packet);
    for (std::string line; std::getline(lines, line);) ++seen[line];
  }
  CHECK(seen.size() == 1'000);
  for (const auto& [line, times] : seen) CHECK(times == 3);
  CHECK(packets == bench::make_packets(1'000, 30, 100));
  CHECK(bench::make_packets(1'000, 30, 1).size() == 34);
}

TEST_CASE("packets of every type are of one length") {
  for (const char* type : {"c", "ms", "g", "s"}) {
    CAPTURE(type);
    for (const std::string& packet : bench::make_packets(100, 30, 100, {type, bench::kKeyBytes})) {
      CHECK(packet.ends_with(std::string("|") + type));
      CHECK(packet.size() == bench::make_packets(100, 30, 1, {type, bench::kKeyBytes}).front().size());
    }
  }
}
