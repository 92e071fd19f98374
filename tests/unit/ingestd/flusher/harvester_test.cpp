#include "ingestd/flusher/harvester.h"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "ingestd/count/segment_writer.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/receiver.h"
#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/flusher");

namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;
constexpr Grid kGrid{0, 1000};

using Counts = std::map<std::string, int64_t>;

/// A runtime and a state folder, and what a flusher has of them.
struct Installation {
  TemporaryFolder folder;
  RedisClock clock;
  std::optional<Spool> spool;
  std::optional<Harvester> harvester;

  Installation() {
    std::filesystem::create_directory(runtime());
    std::filesystem::create_directory(state());
  }
  std::filesystem::path runtime() const { return folder.path() / "run"; }
  std::filesystem::path state() const { return folder.path() / "lib"; }

  void start_flusher() {
    harvester.reset();
    spool.emplace(state(), kNoLimit);
    harvester.emplace(runtime(), *spool, clock, 7, Identity{});
  }

  /// Each batch by its time since boot, oldest first.
  std::vector<std::pair<int64_t, Counts>> take_batches() {
    std::vector<std::pair<int64_t, Counts>> result;
    while (const Batch batch = spool->next()) {
      Counts counts;
      for (size_t i = 0; i < batch.size(); ++i)
        counts[std::string(batch[i].key)] += batch[i].delta.counter().count.whole;
      result.emplace_back(batch.header().boot_ms, counts);
      spool->acknowledge(batch.header().number, 0);
    }
    return result;
  }
};

struct Worker {
  WorkerFile file;
  SegmentWriter writer;

  Worker(const Installation& in, unsigned index)
      : file(succeed_worker(in.runtime(), index)), writer(in.runtime(), index, file, 10'000, kGrid) {}

  void count(std::string_view key, int64_t value) {
    writer.count(Line{key, {value, 0}, Outcome::accepted}, Via::http);
  }
};

/// The gauges of the next batch.
std::map<std::string, Gauge> take_gauges(Installation& in) {
  std::map<std::string, Gauge> gauges;
  const Batch batch = in.spool->next();
  for (size_t i = 0; i < batch.size(); ++i) gauges[std::string(batch[i].key)] = batch[i].delta.gauge();
  in.spool->acknowledge(batch.header().number, 0);
  return gauges;
}

/// As long as it lives this process may open only so many files more.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t more) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int next = dup(0);
    close(next);
    const rlimit few{static_cast<rlim_t>(next) + more, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_;
};

}  // namespace

TEST_CASE("all sealed segments of an interval become one batch, and are unlinked") {
  Installation in;
  Worker one(in, 0), two(in, 1);
  one.count("a", 1);
  two.count("a", 10);
  two.count("b", 5);
  one.writer.end_interval(1000);
  two.writer.end_interval(1000);
  one.count("a", 100);  // of the next interval
  in.start_flusher();
  CHECK(in.harvester->harvest(kGrid, 1005));
  CHECK(in.take_batches() == std::vector<std::pair<int64_t, Counts>>{{1000, {{"a", 11}, {"b", 5}}}});
  CHECK(list_segments(in.runtime()).size() == 2);  // those that are not sealed
  CHECK_FALSE(in.harvester->harvest(kGrid, 1010));
}

TEST_CASE("the busiest counter is that of the last batch that had one") {
  Installation in;
  {
    Worker one(in, 0), two(in, 1);
    one.count("a", 6);
    one.count("b", 8);
    two.count("a", 7);
    two.writer.count(Line{"c", {0, 0}, Outcome::accepted}, Via::http);
    one.writer.end_interval(1000);
    two.writer.end_interval(1000);
    in.start_flusher();
    CHECK(in.harvester->busiest().empty());
    REQUIRE(in.harvester->harvest(kGrid, 1005));
    CHECK(in.harvester->busiest() == "a");
    one.count("b", 1);
    one.count("d", -9);
    one.writer.end_interval(2000);
    REQUIRE(in.harvester->harvest(kGrid, 2005));
    CHECK(in.harvester->busiest() == "b");
    one.count("d", -9);
    one.writer.end_interval(3000);
    REQUIRE(in.harvester->harvest(kGrid, 3005));
    CHECK(in.harvester->busiest() == "b");
  }
}

TEST_CASE("a key that many segments hold is one entry") {
  Installation in;
  Counts counts;
  for (unsigned index = 0; index < 3; ++index) {
    Worker worker(in, index);
    for (int i = 0; i < 4000; ++i) {  // more than a segment holds, and some twice
      const std::string key = "key" + std::to_string(i * (static_cast<int>(index) + 3) % 5000 % 2500);
      worker.count(key, i);
      counts[key] += i;
    }
    worker.writer.end_interval(1000);
  }
  CHECK(list_segments(in.runtime()).size() >= 8);
  in.start_flusher();
  REQUIRE(in.harvester->harvest_all(kGrid, boot_ms() + 2000));
  Counts harvested;
  while (const Batch batch = in.spool->next()) {  // full ones may be of an interval before
    Counts own;
    for (size_t i = 0; i < batch.size(); ++i)
      own[std::string(batch[i].key)] = batch[i].delta.counter().count.whole;
    CHECK(own.size() == batch.size());
    for (const auto& [key, count] : own) harvested[key] += count;
    in.spool->acknowledge(batch.header().number, 0);
  }
  CHECK(harvested == counts);
}

TEST_CASE("intervals that waited get a batch each, with their own time; what has not ended waits on") {
  Installation in;
  Worker worker(in, 0);
  for (int64_t interval = 1; interval <= 4; ++interval) {
    worker.count("a", interval);
    worker.writer.end_interval(interval * 1000 + (interval == 2 ? 3 : 0));  // by a grid that is 3 ms off
  }
  in.start_flusher();
  CHECK(in.harvester->harvest(kGrid, 3001));
  CHECK(in.take_batches() ==
        std::vector<std::pair<int64_t, Counts>>{{1000, {{"a", 1}}}, {2000, {{"a", 2}}}, {3000, {{"a", 3}}}});
  SUBCASE("until it has ended") { CHECK(in.harvester->harvest(kGrid, 4000)); }
  SUBCASE("or the process stops: then as of now") { CHECK(in.harvester->harvest_all(kGrid, 3400)); }
  const auto last = in.take_batches();
  REQUIRE(last.size() == 1);
  CHECK(last[0].second == Counts{{"a", 4}});
  CHECK((last[0].first == 4000 || last[0].first == 3400));
}

TEST_CASE("a harvest waits for segments that are begun and not sealed, and for no others") {
  Installation in;
  Worker worker(in, 0);
  in.start_flusher();
  const int64_t end = boot_ms() + 1000;
  CHECK_FALSE(in.harvester->must_wait(end));  // it is empty
  worker.count("a", 1);
  CHECK(in.harvester->must_wait(end));
  CHECK_FALSE(in.harvester->must_wait(end - 10'000));  // it was born after that
  worker.writer.end_interval(end);
  CHECK_FALSE(in.harvester->must_wait(end));
}

TEST_CASE("each count is in one batch, wherever the flusher is killed") {
  bool crashed = true;
  for (unsigned long at = 1; crashed; ++at) {
    CAPTURE(at);
    Installation in;
    {
      Worker one(in, 0), two(in, 1);
      one.count("a", 1);
      one.writer.end_interval(1000);
      one.count("b", 2);
      one.writer.end_interval(2000);
      two.count("a", 10);
      two.writer.end_interval(2000);
    }
    crashed = crashes_at(at, [&] {
      in.start_flusher();
      in.harvester->harvest(kGrid, 5000);
    });
    in.start_flusher();
    seal_what_the_dead_left(in.runtime());
    in.harvester->harvest_all(kGrid, boot_ms());
    Counts total;
    for (const auto& [ms, counts] : in.take_batches())
      for (const auto& [key, count] : counts) total[key] += count;
    REQUIRE(total == Counts{{"a", 11}, {"b", 2}});
    REQUIRE(list_segments(in.runtime()).empty());
    if (!crashed) CHECK(at > 12);
  }
}

TEST_CASE("a segment that cannot be unlinked is never harvested again, and its batch stays as long") {
  Installation in;
  Worker worker(in, 0);
  worker.count("a", 1);
  worker.writer.end_interval(1000);
  const std::filesystem::path path = list_segments(in.runtime())[0].path;
  in.start_flusher();
  REQUIRE_FALSE(in.harvester->must_wait(0));  // it is opened now
  // A folder that is not empty cannot be removed as a file is.
  const std::filesystem::path elsewhere = in.folder.path() / "elsewhere";
  std::filesystem::rename(path, elsewhere);
  std::filesystem::create_directories(path / "full");
  CHECK(in.harvester->harvest(kGrid, 1005));
  CHECK_FALSE(in.harvester->harvest(kGrid, 1010));
  CHECK(in.take_batches().size() == 1);
  in.spool->tidy("", Spool::kKeepMs, Spool::kKeepMs);
  CHECK(std::filesystem::exists(in.state() / "spool/kept/1"));
  // So too for the next process.
  std::filesystem::remove_all(path);
  std::filesystem::copy_file(elsewhere, path);
  SUBCASE("which finds it again") {
    in.start_flusher();
    CHECK_FALSE(std::filesystem::exists(path));
  }
  SUBCASE("and this one") { CHECK_FALSE(in.harvester->harvest(kGrid, 1015)); }
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(in.spool->harvested().empty());
}

TEST_CASE("more segments than there are descriptors are harvested") {
  constexpr int64_t kIntervals = 40;
  Installation in;
  {
    Worker one(in, 0), two(in, 1);
    for (int64_t interval = 1; interval <= kIntervals; ++interval)
      for (Worker* worker : {&one, &two}) {
        worker->count("a", interval);
        worker->writer.end_interval(interval * 1000);
      }
  }
  const FewDescriptors few(20);
  in.start_flusher();
  CHECK(in.harvester->harvest(kGrid, kIntervals * 1000));
  const auto batches = in.take_batches();
  REQUIRE(batches.size() == kIntervals);
  for (const auto& [end_ms, counts] : batches) CHECK(counts == Counts{{"a", end_ms / 1000 * 2}});
}

TEST_CASE("of a segment that cannot be unlinked all later batches know, should its own be damaged") {
  Installation in;
  Worker worker(in, 0);
  const auto harvest = [&](int64_t end_ms) {
    worker.count("a", 1);
    worker.writer.end_interval(end_ms);
    CHECK(in.harvester->harvest(kGrid, end_ms));
    return in.take_batches().size();
  };
  in.start_flusher();
  worker.count("a", 1);
  worker.writer.end_interval(1000);
  const std::filesystem::path path = list_segments(in.runtime())[0].path;
  REQUIRE_FALSE(in.harvester->must_wait(0));  // it is opened now
  const std::filesystem::path elsewhere = in.folder.path() / "elsewhere", kept = in.state() / "spool/kept";
  std::filesystem::rename(path, elsewhere);
  std::filesystem::create_directories(path / "full");
  CHECK(in.harvester->harvest(kGrid, 1000));
  CHECK(in.take_batches().size() == 1);
  CHECK(harvest(2000) == 1);
  SUBCASE("its own") { std::filesystem::resize_file(kept / "1", 150); }
  SUBCASE("one of the last two, which stay") {
    CHECK(harvest(3000) == 1);
    in.spool->tidy("", Spool::kKeepMs, Spool::kKeepMs);
    CHECK_FALSE(std::filesystem::exists(kept / "1"));
    std::filesystem::resize_file(kept / "3", 150);
  }
  std::filesystem::remove_all(path);
  std::filesystem::copy_file(elsewhere, path);
  in.start_flusher();
  CHECK_FALSE(in.harvester->harvest_all(kGrid, 5000));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("an entry that says nothing is left out") {
  Installation in;
  Worker worker(in, 0);
  in.start_flusher();
  worker.count("zero", 1);
  worker.count("zero", -1);
  worker.count("one", 1);
  worker.writer.end_interval(1000);
  in.harvester->harvest(kGrid, 1000);
  CHECK(in.take_batches() == std::vector<std::pair<int64_t, Counts>>{{1000, {{"one", 1}}}});
  CHECK(list_segments(in.runtime()).size() == 1);
}

TEST_CASE("only the dead's segments are sealed by others, after what they had not finished is undone") {
  Installation in;
  Worker alive(in, 0);
  alive.count("a", 1);
  REQUIRE(crashes_at(40, [&] {  // in the midst of a group
    Worker killed(in, 1);
    std::string datagram;
    for (int i = 0; i < 40; ++i) datagram += "b:1|c\n";
    std::memcpy(killed.file.buffer(0), datagram.data(), datagram.size());
    killed.file.header().messages[0].msg_len = static_cast<unsigned>(datagram.size());
    count_batch(killed.file, killed.writer, 1);
  }));
  seal_what_the_dead_left(in.runtime());
  const auto segments = list_segments(in.runtime());
  REQUIRE(segments.size() == 2);
  CHECK_FALSE(Segment::open(segments[0].path)->sealed());
  CHECK(Segment::open(segments[1].path)->sealed());
  in.start_flusher();
  in.harvester->harvest_all(kGrid, boot_ms());
  Worker successor(in, 1);
  count_batch(successor.file, successor.writer, kReceiveDatagrams);
  successor.writer.seal();
  in.harvester->harvest_all(kGrid, boot_ms());
  int64_t total = 0;
  for (const auto& [ms, counts] : in.take_batches())
    for (const auto& [key, count] : counts) total += key == "b" ? count : 0;
  CHECK(total == 40);
}

TEST_CASE("times in a batch are by Redis' clock, and by the host's while that is not known") {
  Installation in;
  Worker worker(in, 0);
  in.start_flusher();
  for (const bool known : {false, true}) {
    const int64_t redis_ms = 1'603'303'541'000;
    if (known) in.clock.set(redis_ms);
    const auto now = static_cast<uint64_t>(known ? redis_ms : wall_ms());
    worker.writer.count(parse_line("g:5|g"), Via::http);
    worker.writer.end_interval(1000);
    REQUIRE(in.harvester->harvest(kGrid, 1005));
    const Gauge gauge = take_gauges(in).at("g");
    CHECK(gauge.at >= now - 1);
    CHECK(gauge.at < now + 10'000);
  }
}

TEST_CASE("what a worker has in several segments comes in its order, what others have is merged") {
  Installation in;
  for (const char* line : {"g:+5|g", "g:10|g", "g:-1|g"}) {
    Worker killed(in, 0);
    killed.writer.count(parse_line(line), Via::http);
  }
  succeed_worker(in.runtime(), 0);
  Worker other(in, 1);
  other.writer.count(parse_line("g:+100|g"), Via::http);
  other.writer.count(parse_line("h:1|g"), Via::http);
  other.writer.end_interval(boot_ms());
  in.start_flusher();
  REQUIRE(in.harvester->harvest_all(kGrid, boot_ms() + 2000));
  auto gauges = take_gauges(in);
  CHECK(to_text(gauges.at("g").last) == "109");
  CHECK(gauges.at("g").count == 1);
  CHECK(to_text(gauges.at("h").last) == "1");
}
