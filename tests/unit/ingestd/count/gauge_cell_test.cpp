#include "ingestd/count/gauge_cell.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "ingestd/count/cells.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/receiver.h"
#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

using Gauges = std::map<std::string, Gauge>;

/// What all segments of a worker hold, in its order; without what says nothing.
Gauges gauges_in(const std::filesystem::path& folder) {
  Gauges result;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      const Delta delta = delta_of(segment, at);
      if (delta.kind() == Kind::gauge && !delta.says_nothing())
        result[std::string(segment.key(at))].then(delta.gauge());
    });
  }
  return result;
}

/// Without what depends on the moment, and on how many segments there are.
std::string text_of(const Gauge& gauge) {
  if (!gauge.sets()) return "add " + to_text(gauge.all);
  return to_text(gauge.last) + " of " + std::to_string(gauge.count) + ": " + to_text(gauge.min) + " to " +
         to_text(gauge.max) + ", " + to_text(gauge.sum);
}

std::map<std::string, std::string> texts_in(const std::filesystem::path& folder) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, gauge] : gauges_in(folder)) texts[key] = text_of(gauge);
  return texts;
}

/// Puts datagrams into the receive batch as the kernel does.
void receive(const std::filesystem::path& folder, const std::vector<std::string>& datagrams) {
  WorkerFile file = WorkerFile::take(folder, 0);
  for (size_t i = 0; i < datagrams.size(); ++i) {
    std::memcpy(file.buffer(i), datagrams[i].data(), datagrams[i].size());
    file.header().messages[i].msg_len = static_cast<unsigned>(datagrams[i].size());
  }
}

void succeed(const std::filesystem::path& folder) {
  WorkerFile file = succeed_worker(folder, 0);
  SegmentWriter writer(folder, 0, file, 10'000);
  count_batch(file, writer, kReceiveDatagrams);
}

/// A gauge is changed in place, so a worker may be killed with any part of it stored. Of a group that was
/// killed while it could be undone, stores noise in each gauge.
void spoil_open_group(const std::filesystem::path& folder) {
  const WorkerFile file = WorkerFile::take(folder, 0);
  if (!must_undo(file.header())) return;
  const UndoLog& log = file.header().undo_log;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    if (segment.header().identity != log.segment) continue;
    for (size_t i = 0; i < log.entries; ++i) {
      const Cell& cell = segment.cell(log.before[i].cell);
      if (cell.kind != static_cast<uint8_t>(Kind::gauge)) continue;
      Word* const words = segment.blocks(cell.block, 2)->words;
      for (size_t word = 0; word < sizeof(Gauge) / sizeof(Word); ++word)
        words[word] = 0xBAD0'0000'0000'0BAD + word;
    }
  }
}

/// Gauges that come again within a group and after it, among counters; and what they come to.
struct Mixed {
  std::vector<std::string> datagrams{{}, "twice:0|g\ntwice:-5|g\n"};
  std::map<std::string, std::string> expected;

  Mixed() {
    Gauge both, added, once;
    for (int i = 0; i < 50; ++i) {
      const bool sets = i % 7 == 3;
      const int value = i * 37 % 50 - 20;
      const std::string text = (sets || value < 0 ? "" : "+") + std::to_string(value) + ".25|g\n";
      datagrams[0] += "both:" + (sets ? std::to_string(value + 30) + ".5|g\n" : text) + "added:" + text;
      if (i == 20) datagrams[0] += "once:0.000000000001|g\nbad\n";
      datagrams[0] += "visits:1|c\n";
      Fixed moved = parse_fixed(std::to_string(value) + ".25").value();
      both.apply(sets ? GaugeSample{parse_fixed(std::to_string(value + 30) + ".5").value(), false}
                      : GaugeSample{moved, true},
                 1);
      added.apply(sets && value >= 0 ? GaugeSample{moved, false} : GaugeSample{moved, true}, 1);
    }
    once.apply({{1}, false}, 1);
    expected = {{"both", text_of(both)},
                {"added", text_of(added)},
                {"once", text_of(once)},
                {"twice", "-5 of 1: 0 to 0, 0"}};
  }
};

}  // namespace

TEST_CASE("a gauge's blocks hold what its samples say") {
  TemporaryFolder folder;
  receive(folder.path(), Mixed().datagrams);
  succeed(folder.path());
  CHECK(texts_in(folder.path()) == Mixed().expected);
}

TEST_CASE("the words of a gauge are as documented") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000);
  const auto before = static_cast<uint64_t>(boot_ms());
  writer.count(parse_line("queue:42|g"), Via::http);
  writer.count(parse_line("queue:+0.000000000001|g"), Via::http);
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  CHECK(segment.cell(0).count() == Amount{2, 0});
  CHECK(segment.cell(0).block == 1);
  const Word* const words = segment.blocks(1, 2)->words;
  constexpr uint64_t kFortyTwo = 42'000'000'000'000;
  CHECK(words[4] >= before);
  CHECK(words[4] <= static_cast<uint64_t>(boot_ms()));
  const uint64_t expected[] = {kFortyTwo + 1, 0, 1, 0, words[4], 1, kFortyTwo, 0, kFortyTwo, 0, kFortyTwo, 0};
  for (size_t i = 0; i < 12; ++i) {
    CAPTURE(i);
    CHECK(words[i] == expected[i]);
  }
}

TEST_CASE("gauges are counted once wherever their worker is killed") {
  const Mixed mixed;
  for (unsigned long at = 1;; at += at < 300 ? 1 : 13) {
    CAPTURE(at);
    TemporaryFolder folder;
    receive(folder.path(), mixed.datagrams);
    const bool crashed = crashes_at(at, [&] { succeed(folder.path()); });
    spoil_open_group(folder.path());
    succeed(folder.path());
    REQUIRE(texts_in(folder.path()) == mixed.expected);
    if (!crashed) {
      CHECK(at > 300);
      break;
    }
  }
}

TEST_CASE("gauges are counted once wherever the successor is killed, too") {
  const Mixed mixed;
  for (unsigned long at = 60; at < 400; at += 111) {
    CAPTURE(at);
    bool crashed = true;
    for (unsigned long again = 1; crashed; again += again < 50 ? 3 : 101) {
      CAPTURE(again);
      TemporaryFolder folder;
      receive(folder.path(), mixed.datagrams);
      REQUIRE(crashes_at(at, [&] { succeed(folder.path()); }));
      crashed = crashes_at(again, [&] { succeed(folder.path()); });
      succeed(folder.path());
      REQUIRE(texts_in(folder.path()) == mixed.expected);
    }
  }
}

TEST_CASE("a sign is part of the value when the installation says so") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000);
  writer.count(parse_line("g:10|g"), Via::http);
  writer.count(parse_line("g:-5|g"), Via::http);
  CHECK(text_of(gauges_in(folder.path()).at("g")) == "5 of 1: 10 to 10, 10");
  writer.set_gauge_signs_add(false);
  writer.count(parse_line("g:-5|g"), Via::http);
  CHECK(text_of(gauges_in(folder.path()).at("g")) == "-5 of 2: -5 to 10, 5");
}

TEST_CASE("a time says which set came last, but none is later than it arrives") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000);
  const int64_t now_s = wall_ms() / 1000;
  const auto count = [&](std::string_view line, int64_t sent_s) {
    const std::string text = fmt::format("{}|T{}", line, sent_s);
    CHECK(writer.count(parse_line(text), Via::http) == Outcome::accepted);
  };
  count("old:20|g", now_s - 20);
  count("old:50|g", now_s - 50);
  CHECK(text_of(gauges_in(folder.path()).at("old")) == "20 of 2: 20 to 50, 70");
  count("old:10|g", now_s - 10);
  CHECK(text_of(gauges_in(folder.path()).at("old")).starts_with("10 of 3"));
  count("old:1|g", now_s + 5'000);
  writer.count(parse_line("old:2|g"), Via::http);
  CHECK(text_of(gauges_in(folder.path()).at("old")).starts_with("2 of 5"));
  count("old:3|g", 1);
  CHECK(text_of(gauges_in(folder.path()).at("old")).starts_with("2 of 6"));
  count("added:+3|g", 5);
  count("added:10|g", now_s - 9);
  CHECK(text_of(gauges_in(folder.path()).at("added")) == "13 of 1: 10 to 10, 10");
  const Gauge first = gauges_in(folder.path()).at("old");
  CHECK((first.at > 0 && first.at <= static_cast<uint64_t>(boot_ms())));
}

TEST_CASE("a counter of the same name is another metric") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000);
  writer.count(parse_line("k:10|g"), Via::http);
  writer.count(parse_line("k:3|c"), Via::http);
  CHECK(text_of(gauges_in(folder.path()).at("k")) == "10 of 1: 10 to 10, 10");
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  CHECK(segment.header().keys.load() == 2);
}

TEST_CASE("a cell whose block is noise says nothing") {
  TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 1'000);
  writer.count(parse_line("g:10|g"), Via::http);
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  const uint64_t blocks = segment.header().blocks;
  for (const uint64_t block : {uint64_t{0}, blocks - 1, blocks, uint64_t{0xFFFF'FFFF}}) {
    segment.cell(0).block = static_cast<uint32_t>(block);
    CHECK(gauge_cell::delta(segment, 0).says_nothing());
  }
}
