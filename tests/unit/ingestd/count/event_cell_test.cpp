#include "ingestd/count/event_cell.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "ingestd/count/cells.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/receiver.h"
#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

void receive(const std::filesystem::path& folder, const std::string& datagram) {
  WorkerFile file = WorkerFile::take(folder, 0);
  std::memcpy(file.buffer(0), datagram.data(), datagram.size());
  file.header().messages[0].msg_len = static_cast<unsigned>(datagram.size());
}

void succeed(const std::filesystem::path& folder) {
  WorkerFile file = succeed_worker(folder, 0);
  SegmentWriter writer(folder, 0, file, 10'000);
  count_batch(file, writer, kReceiveDatagrams);
}

/// What all segments of a folder hold: how often each line of an event is there, and the sums of counters.
std::map<std::string, int64_t> held(const std::filesystem::path& folder) {
  std::map<std::string, int64_t> held;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      const Delta delta = delta_of(segment, at);
      if (delta.says_nothing()) return;
      if (delta.kind() == Kind::event)
        delta.fields([&](std::string_view field, std::string_view text) {
          if (field == "title" || field == "check") ++held[std::string(text)];
        });
      else
        held[std::string(segment.key(at))] += delta.counter().count.whole;
    });
  }
  return held;
}

uint64_t outcomes(const std::filesystem::path& folder, Outcome outcome) {
  return WorkerFile::look(folder, 0).header().lines(0, static_cast<size_t>(outcome)).load();
}

}  // namespace

TEST_CASE("events are counted once wherever their worker is killed") {
  std::string datagram;
  std::map<std::string, int64_t> expected{{"a", 20}};
  for (int i = 0; i < 20; ++i) {
    const std::string title = "event-" + std::to_string(10 + i);
    datagram +=
        "a:1|c\n_e{8,200}:" + title + "|" + std::string(200, 'x') + "|#env:prod\n_sc|check-" + title + "|1\n";
    expected[title] = expected["check-" + title] = 1;
  }
  for (unsigned long at = 1;; ++at) {
    CAPTURE(at);
    const TemporaryFolder folder;
    receive(folder.path(), datagram);
    const bool crashed = crashes_at(at, [&] { succeed(folder.path()); });
    succeed(folder.path());
    REQUIRE(held(folder.path()) == expected);
    REQUIRE(outcomes(folder.path(), Outcome::accepted) == 60);
    if (crashed) continue;
    CHECK(at > 150);
    break;
  }
}

TEST_CASE("an event that looks like a counter is none, and a repeated one comes twice") {
  const TemporaryFolder folder;
  receive(folder.path(), "_e{2,1}:42|c\n_e{2,1}:42|c\n_e{2,1}:42|g|#a:b\n_e:1|c\n_sc:1|c\n");
  succeed(folder.path());
  CHECK(held(folder.path()) == std::map<std::string, int64_t>{{"42", 3}, {"_e", 1}, {"_sc", 1}});
}

TEST_CASE("bad events have outcomes, also when they are undone") {
  const std::string datagram =
      "_e{9,4}:title|text\n_sc|a|7\n_sc|" + std::string(8'189, 'x') + "\n_e{1,1}:a|b\n";
  for (unsigned long at = 1;; ++at) {
    const TemporaryFolder folder;
    receive(folder.path(), datagram);
    const bool crashed = crashes_at(at, [&] { succeed(folder.path()); });
    succeed(folder.path());
    for (const Outcome outcome :
         {Outcome::accepted, Outcome::bad_event, Outcome::bad_check, Outcome::event_too_long})
      REQUIRE(outcomes(folder.path(), outcome) == 1);
    if (!crashed) break;
  }
}

TEST_CASE("a flood of events ends at the limit of an interval, and metrics go on") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 10'000);
  const std::string text = "_e{1,8000}:e|" + std::string(8'000, 'x');
  const Line event = parse_line(text);
  for (uint64_t i = 0; i < SegmentWriter::kMostEvents; ++i)
    REQUIRE(writer.count(event, Via::udp) == Outcome::accepted);
  CHECK(writer.count(event, Via::udp) == Outcome::too_many_events);
  CHECK(writer.count(parse_line("a:1|c"), Via::udp) == Outcome::accepted);
  writer.end_interval(0);
  CHECK(writer.count(event, Via::udp) == Outcome::accepted);
  CHECK(held(folder.path()) ==
        std::map<std::string, int64_t>{{"a", 1}, {"e", static_cast<int64_t>(SegmentWriter::kMostEvents) + 1}});
}

TEST_CASE("while nobody harvests events come to an end, too") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 10'000);
  const Line event = parse_line("_e{1,1}:e|x");
  uint64_t accepted = 0;
  for (uint64_t interval = 0; interval < 2 * SegmentWriter::kMostWaiting; ++interval, writer.end_interval(0))
    for (uint64_t i = 0; i <= SegmentWriter::kMostEvents; ++i)
      if (writer.count(event, Via::udp) == Outcome::accepted) ++accepted;
  CHECK(accepted == (SegmentWriter::kMostWaiting + 1) * SegmentWriter::kMostEvents);
}

TEST_CASE("what is noise in the file is no event") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 10'000);
  REQUIRE(writer.count(parse_line("_e{1,1}:e|x"), Via::udp) == Outcome::accepted);
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  REQUIRE_FALSE(delta_of(segment, 0).says_nothing());
  const uint32_t block = segment.cell(0).block;
  for (const uint64_t bytes : {EventLine::kMostBytes + 1, ~size_t{0}}) {
    segment.blocks(block)->words[1].store(bytes);
    CHECK(delta_of(segment, 0).says_nothing());
  }
  segment.blocks(block)->words[1].store(11);
  CHECK_FALSE(delta_of(segment, 0).says_nothing());
  for (const uint32_t wrong : {0U, static_cast<uint32_t>(segment.header().blocks), ~0U}) {
    segment.cell(0).block = wrong;
    CHECK(delta_of(segment, 0).says_nothing());
  }
}
