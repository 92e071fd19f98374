#include "ingestd/count/timer_cell.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ingestd/count/cells.h"
#include "ingestd/count/line_group.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/receiver.h"
#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

using Timers = std::map<std::string, Timings>;

/// What all segments of a folder hold, by key; without the keys that were added and not counted.
Timers held(const std::filesystem::path& folder) {
  Timers result;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      const Delta delta = delta_of(segment, at);
      if (!delta.says_nothing()) result[std::string(segment.key(at))].merge(delta.timer());
    });
  }
  return result;
}

/// Lines, and what they add up to.
class Lines {
 public:
  void add(const std::string& key, int tenths, unsigned weight = 1) {
    text_ +=
        key + ":" + value(tenths) + "|ms" + (weight == 1 ? "" : "|@" + std::to_string(1.0 / weight)) + "\n";
    note(key, tenths, weight);
  }
  /// In one line.
  void add_several(const std::string& key, const std::vector<int>& tenths, bool packed) {
    text_ += key;
    for (const int each : tenths) {
      text_ += ":" + value(each) + (packed ? "" : "|h");
      note(key, each, 1);
    }
    text_ += packed ? "|d\n" : "\n";
  }
  void add_text(const std::string& text) { text_ += text; }
  const std::string& text() const { return text_; }
  const Timers& timers() const { return timers_; }
  uint64_t samples() const { return samples_; }

 private:
  static std::string value(int tenths) {
    return (tenths < 0 ? "-" : "") + std::to_string(std::abs(tenths) / 10) + "." +
           std::to_string(std::abs(tenths) % 10);
  }
  void note(const std::string& key, int tenths, unsigned weight) {
    const Fixed weighted{Wide{tenths} * (Fixed::kOne / 10) * weight};
    timers_[key].add({tenths / 10.0, weighted, {static_cast<int64_t>(weight), 0}, weight * Bins::kWhole});
    ++samples_;
  }

  std::string text_;
  Timers timers_;
  uint64_t samples_ = 0;
};

bool same(const Timers& one, const Timers& other) {
  return std::ranges::equal(one, other, [](const auto& left, const auto& right) {
    Timings timer = left.second;
    if (std::abs(timer.sq - right.second.sq) <= 1e-12 * timer.sq) timer.sq = right.second.sq;
    return left.first == right.first && timer == right.second;
  });
}

/// Puts datagrams into the receive batch as the kernel does.
void receive(const std::filesystem::path& folder, const std::vector<std::string>& datagrams) {
  WorkerFile file = WorkerFile::take(folder, 0);
  for (size_t i = 0; i < datagrams.size(); ++i) {
    std::memcpy(file.buffer(i), datagrams[i].data(), datagrams[i].size());
    file.header().messages[i].msg_len = static_cast<unsigned>(datagrams[i].size());
  }
}

/// What a worker does first: as the one that has just received, and as a killed one's successor.
void succeed(const std::filesystem::path& folder) {
  WorkerFile file = succeed_worker(folder, 0);
  SegmentWriter writer(folder, 0, file, 10'000);
  count_batch(file, writer, kReceiveDatagrams);
}

/// Counts the lines with a worker that is killed at every so many crash points, and one that is not.
unsigned long check_killed(const Lines& lines, unsigned long step) {
  for (unsigned long at = 1;; at += step) {
    CAPTURE(at);
    TemporaryFolder folder;
    receive(folder.path(), {lines.text()});
    const bool crashed = crashes_at(at, [&] { succeed(folder.path()); });
    succeed(folder.path());
    REQUIRE(same(held(folder.path()), lines.timers()));
    const WorkerFile file = WorkerFile::look(folder.path(), 0);
    REQUIRE(file.header().samples[row_of(Kind::timer)].load() == lines.samples());
    REQUIRE(file.header().samples[row_of(Kind::counter)].load() == 0);
    if (!crashed) return at;
  }
}

/// Counts the lines, with nobody killed.
void check(const Lines& lines) {
  TemporaryFolder folder;
  std::vector<std::string> datagrams(1);
  for (size_t at = 0; at < lines.text().size();) {
    const size_t end = lines.text().find('\n', at) + 1;
    if (datagrams.back().size() + end - at > 60'000) datagrams.emplace_back();
    datagrams.back() += lines.text().substr(at, end - at);
    at = end;
  }
  receive(folder.path(), datagrams);
  succeed(folder.path());
  REQUIRE(same(held(folder.path()), lines.timers()));
}

}  // namespace

TEST_CASE("a timer's samples are counted once wherever the worker is killed: a list, and rows") {
  Lines lines;
  for (int i = 0; i < 50; ++i)
    lines.add(i % 5 == 4 ? "b" : "a", i * i - 20);  // two groups: a list of 40, one of 10
  lines.add_several("several", {1, 2, 3, -4}, true);
  lines.add_several("several", {70, 80, 90}, false);
  lines.add("b", 15, 4);  // a rate: rows
  for (int i = 0; i < 5; ++i) lines.add("b", 100 * i);
  CHECK(check_killed(lines, 1) > 400);
}

TEST_CASE(
    "a timer's samples are counted once wherever the worker is killed: a list that becomes rows in a group") {
  Lines lines;
  for (int i = 0; i < 20; ++i) lines.add("a", 1 << (i % 20));
  lines.add("a", 7, 10);  // the listed ones of this group change words of rows
  for (int i = 0; i < 20; ++i) lines.add("a", -(1 << (i % 20)));  // more rows than the first directory has
  check_killed(lines, 1);
}

TEST_CASE("a timer's samples are counted once wherever the worker is killed: a list that is too long") {
  Lines lines;
  for (int i = 0; i < 300; ++i) lines.add("a", i * 31 % 1'000);
  check_killed(lines, 13);
}

TEST_CASE("a timer's samples by HTTP are counted whole groups at a time") {
  Lines first, all;
  first.add("a", 50);
  for (const int tenths : {50, -10'000, 20'000})
    all.add("a", tenths);  // the sum changes its sign, both extremes move
  for (unsigned long at = 1;; ++at) {
    CAPTURE(at);
    TemporaryFolder folder;
    const bool crashed = crashes_at(at, [&] {
      WorkerFile file = succeed_worker(folder.path(), 0);
      SegmentWriter writer(folder.path(), 0, file, 100);
      LineGroup group(writer, Via::http);
      for (const char* line : {"a:5|ms", "", "a:-1000|ms", "a:2000|ms"}) {
        if (*line == '\0') {
          group.count();
          continue;
        }
        group.place() = parse_line(line);
        group.add();
      }
      group.count();
    });
    succeed(folder.path());
    const Timers found = held(folder.path());
    switch (WorkerFile::look(folder.path(), 0).stats().lines[1][0].load()) {
      case 0:
        REQUIRE(found.empty());
        break;
      case 1:
        REQUIRE(same(found, first.timers()));
        break;
      default:
        REQUIRE(same(found, all.timers()));
    }
    if (!crashed) break;
  }
}

TEST_CASE("timers in a segment are what a plain way makes of their samples") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    Lines lines;
    for (uint64_t left = 200 + random() % 3'000; left > 0; --left) {
      const std::string key = "key-" + std::to_string(random() % (1 + seed));
      const auto tenths = static_cast<int>(random() % 2'000'000) >> (random() % 21);
      lines.add(key, random() % 7 == 0 ? -tenths : tenths, random() % 50 == 0 ? 10 : 1);
    }
    check(lines);
  }
}

TEST_CASE("a timer of every octave and sign") {
  Lines lines;
  for (int round = 0; round < 2; ++round)
    for (int power = 0; power < 30; ++power)
      for (const int sign : {1, -1}) lines.add("wide", sign * (1 << power), 1 + static_cast<unsigned>(round));
  check(lines);
}

TEST_CASE("what a timer's blocks hold may be noise") {
  std::mt19937_64 random(1);
  for (unsigned round = 0; round < 300; ++round) {
    TemporaryFolder folder;
    Lines lines;
    for (int i = 0; i < 20; ++i) lines.add("list", i * 100);
    for (int i = 0; i < 10; ++i) lines.add("rows", i * 100, 2);
    receive(folder.path(), {lines.text()});
    succeed(folder.path());
    for (const SegmentName& name : list_segments(folder.path())) {
      const Segment segment = Segment::open(name.path).value();
      for (uint64_t block = 1; block < segment.size().blocks; ++block)
        for (Word& word : segment.blocks(block)->words)
          if (random() % 8 == 0) word.store(word.load() ^ uint64_t{1} << random() % 64);
      segment.for_each_key([&](uint64_t at) {
        const Timings timer = TimerCell::delta(segment, at);
        REQUIRE(timer.is_sound());
        for (const Bins::Bin& bin : timer.bins) REQUIRE(std::abs(bin.number) <= kLastBin);
      });
    }
  }
}
