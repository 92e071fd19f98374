#include "ingestd/spool/spool.h"

#include <doctest/doctest.h>

#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <system_error>

#include "tests/unit/crash.h"
#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/spool");

namespace {

constexpr uint64_t kNoLimit = uint64_t{1} << 40;

void store(Spool& spool, const std::map<std::string, int64_t>& counts) {
  BatchHeader header{};
  header.number = header.covers = spool.last_number() + 1;
  header.ms = spool.new_ms(1000);
  header.instance = 7;
  spool.store(header, [&](BatchWriter& writer) {
    for (const auto& [key, count] : counts) writer.add(BatchEntry{0, Counter{{count, 0}}, key});
  });
}

std::map<std::string, int64_t> content(const Batch& batch) {
  std::map<std::string, int64_t> result;
  for (size_t i = 0; i < batch.size(); ++i)
    result[std::string(batch[i].key)] += batch[i].delta.counter().count.whole;
  return result;
}

/// Acknowledges everything that is pending and sums it up.
std::map<std::string, int64_t> drain(Spool& spool) {
  std::map<std::string, int64_t> result;
  while (const Batch batch = spool.next()) {
    for (const auto& [key, count] : content(batch)) result[key] += count;
    spool.acknowledge(batch.header().number, 0);
  }
  return result;
}

/// From now on nobody removes the file: a folder that is not empty is in its place.
void block(const std::filesystem::path& file) {
  if (std::filesystem::is_directory(file)) return;
  std::filesystem::remove(file);
  std::filesystem::create_directories(file / "full");
}

}  // namespace

TEST_CASE("batches come oldest first and are kept for two minutes") {
  TemporaryFolder folder;
  Spool spool(folder.path(), kNoLimit);
  store(spool, {{"a", 1}});
  store(spool, {{"a", 2}});
  CHECK(spool.pending() == 2);
  CHECK(content(spool.next()) == std::map<std::string, int64_t>{{"a", 1}});
  spool.acknowledge(1, 1000);
  CHECK(content(spool.next()) == std::map<std::string, int64_t>{{"a", 2}});
  spool.acknowledge(2, 2000);
  CHECK_FALSE(spool.next());
  spool.meet_run("", 0);
  CHECK(spool.next().header().number == 1);
  spool.acknowledge(1, 3000);
  spool.acknowledge(2, 3000);
  spool.tidy("", 3000 + Spool::kKeepMs, 3000 + Spool::kKeepMs);
  spool.meet_run("", 0);
  CHECK_FALSE(spool.next());
}

TEST_CASE("what is not on Redis' disk is kept for longer, as far as there is room and for some hours") {
  TemporaryFolder folder;
  Spool spool(folder.path(), kNoLimit);
  store(spool, {{"a", 1}});
  store(spool, {{"a", 2}});
  spool.acknowledge(1, 1000);
  spool.acknowledge(2, 2000);
  const int64_t later = 3000 + Spool::kKeepMs;
  spool.tidy("", later, 999);
  CHECK(spool.kept() == 2);
  spool.tidy("", later, 1000);
  CHECK(spool.kept() == 1);
  CHECK(spool.given_up() == 0);
  spool.tidy("", 2000 + Spool::kMostKeepMs, 1000);
  CHECK(spool.kept() == 0);
  CHECK(spool.given_up() == 1);

  Spool small(folder.path(), 1);
  store(small, {{"a", 3}});
  small.acknowledge(3, 1000);
  small.tidy("", 999 + Spool::kKeepMs, 0);
  CHECK(small.kept() == 1);
  small.tidy("", 1000 + Spool::kKeepMs, 0);
  CHECK(small.kept() == 0);
  CHECK(small.given_up() == 1);
}

TEST_CASE("what the same run of Redis acknowledged for an earlier process is not looked up") {
  TemporaryFolder folder;
  {
    Spool spool(folder.path(), kNoLimit);
    spool.meet_run("one", 0);
    store(spool, {{"a", 1}});
    spool.acknowledge(1, 1000);
    spool.tidy("one", 1000, 1000);
  }
  {
    Spool spool(folder.path(), kNoLimit);
    CHECK(spool.to_send() == 1);
    spool.meet_run("one", 1);
    CHECK(spool.to_send() == 0);
    spool.meet_run("two", 2);
    CHECK(spool.to_send() == 1);
    spool.tidy("two", 3, 3);  // not all of it is two's yet
  }
  {
    Spool spool(folder.path(), kNoLimit);
    spool.meet_run("one", 1);  // nor one's any more: two may have acknowledged some
    CHECK(spool.to_send() == 1);
  }
  Spool spool(folder.path(), kNoLimit);
  spool.meet_run("two", 1);
  CHECK(spool.to_send() == 1);
}

TEST_CASE("what an earlier process has kept for long is forgotten; what this one keeps is not") {
  TemporaryFolder folder;
  {
    Spool spool(folder.path(), kNoLimit);
    store(spool, {{"a", 1}});  // ms 1000
    store(spool, {{"a", 2}});  // ms 1001
    drain(spool);
  }
  Spool spool(folder.path(), kNoLimit);
  spool.forget_kept_before(1001);
  CHECK(content(spool.next()) == std::map<std::string, int64_t>{{"a", 2}});
  spool.acknowledge(2, 5000);
  CHECK_FALSE(spool.next());
  spool.forget_kept_before(9999);
  spool.meet_run("", 0);
  CHECK(content(spool.next()) == std::map<std::string, int64_t>{{"a", 2}});
  CHECK_FALSE(std::filesystem::exists(folder.path() / "spool" / "kept" / "1"));
}

TEST_CASE("a spool is taken over by the next process") {
  TemporaryFolder folder;
  {
    Spool spool(folder.path(), kNoLimit);
    store(spool, {{"a", 1}});
    store(spool, {{"b", 2}});
    spool.acknowledge(1, 0);
  }
  std::ofstream(folder.path() / "spool/unborn") << "half a batch";
  Spool spool(folder.path(), kNoLimit);
  CHECK(spool.pending() == 1);
  CHECK(spool.last_number() == 2);
  CHECK(spool.next().header().number == 1);  // kept: what became of Redis meanwhile is not known
  CHECK(spool.new_ms(0) > 1001);
}

TEST_CASE("past the limit batches are merged and no count is lost") {
  TemporaryFolder folder;
  Spool spool(folder.path(), 1600);
  for (int i = 0; i < 50; ++i)
    store(spool, {{"a", 1}, {"b", 10}, {"only " + std::to_string(i), 100}}), spool.merge();
  CHECK(spool.merges() > 40);
  CHECK(spool.pending() < 10);
  CHECK(spool.next().header().number == 1);  // the one that may be on its way is left alone
  const auto sums = drain(spool);
  CHECK(sums.at("a") == 50);
  CHECK(sums.at("b") == 500);
  CHECK(sums.size() == 52);
}

TEST_CASE("a merge that fails changes nothing, and is made up for") {
  TemporaryFolder folder;
  Spool spool(folder.path(), 1);
  for (int i = 0; i < 4; ++i) store(spool, {{"a", 1}});
  std::filesystem::create_directory(folder.path() / "spool/unborn");  // so that nothing can be written
  CHECK_THROWS_AS(spool.merge(), std::system_error);
  CHECK(spool.pending() == 4);
  std::filesystem::remove(folder.path() / "spool/unborn");
  spool.merge();
  CHECK(spool.pending() == 2);
  CHECK(drain(spool).at("a") == 4);
}

TEST_CASE("what a merge left behind is not counted twice") {
  TemporaryFolder folder;
  std::filesystem::path leftover;
  {
    Spool spool(folder.path(), kNoLimit);
    for (int i = 0; i < 2; ++i) store(spool, {{"a", 1}});
    leftover = folder.path() / "second";
    std::filesystem::copy_file(folder.path() / "spool/pending/2", leftover);
  }
  {
    Spool spool(folder.path(), 1);
    store(spool, {{"a", 1}});
    spool.merge();
  }
  std::filesystem::copy_file(leftover, folder.path() / "spool/pending/2");
  Spool spool(folder.path(), kNoLimit);
  CHECK(drain(spool).at("a") == 3);
}

TEST_CASE("what a merge cannot remove is not counted twice, and its sum stays as long") {
  TemporaryFolder folder;
  const std::filesystem::path leftover = folder.path() / "spool/pending/2", kept = folder.path() / "spool/kept";
  std::optional<Spool> spool(std::in_place, folder.path(), 1);
  for (int i = 0; i < 3; ++i) store(*spool, {{"a", 1}});
  std::filesystem::copy_file(leftover, folder.path() / "second");
  act_at_crash_points([&] { block(leftover); }, [&] { spool->merge(); });
  CHECK(spool->pending() == 2);
  store(*spool, {{"a", 1}});
  spool->merge();  // were the sum merged once more, nothing would say what it covers
  CHECK(spool->pending() == 3);
  CHECK(drain(*spool).at("a") == 4);
  spool->tidy("", Spool::kKeepMs, Spool::kKeepMs);
  CHECK_FALSE(std::filesystem::exists(kept / "1"));
  CHECK(std::filesystem::exists(kept / "3"));
  CHECK_FALSE(std::filesystem::exists(kept / "4"));
  std::filesystem::remove_all(leftover);
  std::filesystem::rename(folder.path() / "second", leftover);
  SUBCASE("by this process") {}
  SUBCASE("by the next one") {
    spool.emplace(folder.path(), 1);
    CHECK(spool->pending() == 0);
    drain(*spool);
  }
  spool->tidy("", Spool::kKeepMs, Spool::kKeepMs);
  CHECK_FALSE(std::filesystem::exists(leftover));
  CHECK_FALSE(std::filesystem::exists(kept / "3"));
}

TEST_CASE("what a merge of entries set aside left behind is not counted twice, wherever the sum is") {
  TemporaryFolder folder;
  const std::filesystem::path aside = folder.path() / "spool/aside";
  {
    Spool spool(folder.path(), kNoLimit);
    for (int i = 0; i < 3; ++i) {
      store(spool, {{"wrong", 5}});
      const Batch batch = spool.next();
      spool.put_entries_aside(batch, {0});
      spool.acknowledge(batch.header().number, 0);
    }
    std::filesystem::copy_file(aside / "2", folder.path() / "second");
    spool.tidy("", Spool::kKeepMs, Spool::kKeepMs);  // the first comes back ...
    spool.merge();
    CHECK(drain(spool).at("wrong") == 5);
    spool.tidy("", 2 * Spool::kKeepMs, 2 * Spool::kKeepMs);  // ... and so does the sum of the others
    CHECK(spool.pending() == 1);
    std::filesystem::rename(folder.path() / "second", aside / "2");
  }
  Spool spool(folder.path(), kNoLimit);
  CHECK(spool.set_aside() == 0);
  CHECK(drain(spool).at("wrong") == 10);
}

TEST_CASE("entries set aside leave their batch and come back later, once") {
  TemporaryFolder folder;
  std::optional<Spool> spool(std::in_place, folder.path(), kNoLimit);
  const auto set_wrong_aside = [&] {
    store(*spool, {{"good", 1}, {"wrong", 5}});
    const Batch batch = spool->next();
    for (int twice = 0; twice < 2; ++twice) spool->put_entries_aside(batch, {1});
    CHECK(spool->excluded(batch) == Spool::Entries{{Kind::counter, "wrong", batch.header().ms}});
    return batch.header().number;
  };
  for (int i = 0; i < 3; ++i) spool->acknowledge(set_wrong_aside(), 0);
  CHECK_FALSE(spool->next());
  spool->tidy("", 1, 1);  // the batches they came from are still kept
  CHECK_FALSE(spool->next());
  spool->merge();
  CHECK(spool->set_aside() == 3);

  spool->tidy("", Spool::kKeepMs,
              Spool::kKeepMs);  // now they are not: one comes back at once, is found wrong again ...
  CHECK(spool->pending() == 1);
  {
    const Batch batch = spool->next();
    CHECK(content(batch) == std::map<std::string, int64_t>{{"wrong", 5}});
    spool->put_entries_aside(batch, {0});
    spool->acknowledge(batch.header().number, 2 * Spool::kKeepMs);
  }
  for (int i = 0; i < 3; ++i) spool->acknowledge(set_wrong_aside(), 2 * Spool::kKeepMs);
  spool->merge();  // ... and the other two are added up
  CHECK(spool->set_aside() == 5);

  spool.emplace(folder.path(), kNoLimit);
  CHECK(spool->set_aside() == 5);
  drain(*spool);  // what is kept is looked up again, without what is aside
  int64_t wrong = 0;
  for (int64_t now = 4 * Spool::kKeepMs; spool->set_aside() > 0; now += Spool::kAsideRetryMs) {
    spool->tidy("", now, now);
    const auto sums = drain(*spool);
    CHECK_FALSE(sums.contains("good"));
    wrong += sums.at("wrong");
  }
  CHECK(wrong == 30);
}

TEST_CASE(
    "doubtful entries leave their batch for good, in one file, until somebody moves it to those set aside") {
  TemporaryFolder folder;
  const std::filesystem::path spool_folder = folder.path() / "spool";
  std::optional<Spool> spool(std::in_place, folder.path(), kNoLimit);
  for (int i = 0; i < 3; ++i) {
    store(*spool, {{"good", 1}, {"old", 5}});
    const Batch batch = spool->next();
    for (int twice = 0; twice < 2; ++twice)
      CHECK(spool->leave_doubtful(batch, {1}) == spool_folder / "doubtful" / std::to_string(i + 1));
    CHECK(spool->excluded(batch) == Spool::Entries{{Kind::counter, "old", batch.header().ms}});
    spool->acknowledge(batch.header().number, 0);
  }
  CHECK(spool->doubtful() == 3);
  for (int64_t now = Spool::kKeepMs; now < 10 * Spool::kKeepMs; now += Spool::kAsideRetryMs) {
    spool->tidy("", now, now);
    spool->merge();
    CHECK(spool->pending() == 0);
  }
  CHECK(spool->doubtful() == 1);
  CHECK(spool->set_aside() == 0);
  std::filesystem::rename(spool_folder / "doubtful/3", spool_folder / "aside/3");
  spool.emplace(folder.path(), kNoLimit);
  CHECK(spool->doubtful() == 0);
  spool->tidy("", 0, 0);
  CHECK_FALSE(spool->try_batch(3));
  CHECK(drain(*spool).at("old") == 15);
}

TEST_CASE("of what an earlier process has left pending the oldest alone may have been sent") {
  TemporaryFolder folder;
  {
    Spool spool(folder.path(), kNoLimit);
    for (int i = 0; i < 4; ++i) store(spool, {{"a", 1}});
    for (const uint64_t number : {1, 2}) {
      CHECK_FALSE(spool.try_batch(number));
      CHECK(spool.try_batch(number));
    }
    spool.acknowledge(1, 0);
  }
  Spool spool(folder.path(), kNoLimit);
  CHECK(spool.try_batch(1));
  CHECK(spool.try_batch(2));
  CHECK_FALSE(spool.try_batch(3));
}

TEST_CASE("an entry set aside takes none of another kind along that has its key") {
  TemporaryFolder folder;
  Spool spool(folder.path(), kNoLimit);
  BatchHeader header{};
  header.number = header.covers = 1;
  header.ms = spool.new_ms(1000);
  spool.store(header, [](BatchWriter& writer) {
    writer.add(BatchEntry{0, Counter{{1, 0}}, "a"});
    writer.add(BatchEntry{0, Gauge{}, "a"});
  });
  const Batch batch = spool.next();
  spool.put_entries_aside(batch, {0});
  CHECK(spool.excluded(batch) == Spool::Entries{{Kind::counter, "a", header.ms}});
  spool.put_entries_aside(batch, {1});
  CHECK(spool.excluded(batch).size() == 2);
}

TEST_CASE("more entries of a batch can be set aside when it is looked up again") {
  TemporaryFolder folder;
  Spool spool(folder.path(), kNoLimit);
  store(spool, {{"a", 1}, {"b", 2}});
  spool.put_entries_aside(spool.next(), {0});
  spool.put_entries_aside(spool.next(), {1});
  CHECK(spool.excluded(spool.next()).size() == 2);
}

TEST_CASE("a batch that somebody removed is given up; one that cannot be read for now is not") {
  TemporaryFolder folder;
  Spool spool(folder.path(), kNoLimit);
  for (int i = 1; i <= 3; ++i) store(spool, {{"a", i}});
  std::filesystem::remove(folder.path() / "spool/pending/1");
  CHECK(content(spool.next()).at("a") == 2);
  CHECK(spool.unreadable() == 1);
  std::filesystem::rename(folder.path() / "spool", folder.path() / "elsewhere");
  CHECK_THROWS_AS(spool.next(), std::system_error);
  std::filesystem::rename(folder.path() / "elsewhere", folder.path() / "spool");
  CHECK(drain(spool).at("a") == 5);
}

TEST_CASE("the oldest ms is that of anything that may be looked up, also after a restart") {
  TemporaryFolder folder;
  constexpr uint64_t kNever = ~uint64_t{0};
  const auto as_after_a_restart = [&] { return Spool(folder.path(), kNoLimit).oldest_ms(); };
  Spool spool(folder.path(), kNoLimit);
  CHECK(spool.oldest_ms() == kNever);
  store(spool, {{"a", 1}, {"b", 1}});
  const uint64_t first = spool.next().header().ms;
  store(spool, {{"a", 2}});
  CHECK(spool.oldest_ms() == first);
  spool.put_entries_aside(spool.next(), {1});
  spool.acknowledge(1, 0);
  CHECK(spool.oldest_ms() == first);
  CHECK(as_after_a_restart() == first);
  spool.acknowledge(2, 0);
  spool.tidy("", Spool::kKeepMs,
             Spool::kKeepMs);  // nothing is kept any more, so what was set aside has another try
  CHECK(spool.pending() == 1);
  CHECK(spool.oldest_ms() == first);
  CHECK(as_after_a_restart() == first);
  spool.acknowledge(1, 0);
  spool.tidy("", Spool::kKeepMs, Spool::kKeepMs);
  CHECK(spool.oldest_ms() == kNever);
}

TEST_CASE("a batch without an ID bounds nothing; with one of its own, by that") {
  TemporaryFolder folder;
  Spool spool(folder.path(), kNoLimit);
  BatchHeader header{};
  header.number = header.covers = 1;
  header.instance = 7;
  spool.store(header, [](BatchWriter& writer) { writer.add(BatchEntry{0, Counter{{1, 0}}, "a"}); });
  CHECK(spool.oldest_ms() == ~uint64_t{0});
  spool.change_ids(spool.next(), {{0, 500}});
  CHECK(spool.oldest_ms() == 500);
  CHECK(Spool(folder.path(), kNoLimit).oldest_ms() == 500);
}

TEST_CASE("the folders come back with the next batch, unless the state folder itself is gone") {
  TemporaryFolder folder;
  const auto state = folder.path() / "state";
  std::filesystem::create_directory(state);
  Spool spool(state, kNoLimit);
  std::filesystem::remove_all(state);
  CHECK_THROWS_AS(store(spool, {{"a", 1}}), std::system_error);
  CHECK(spool.pending() == 0);
  std::filesystem::create_directory(state);
  store(spool, {{"a", 2}});
  CHECK(drain(spool).at("a") == 2);
}

TEST_CASE("a changed ID is kept with the batch") {
  TemporaryFolder folder;
  {
    Spool spool(folder.path(), kNoLimit);
    store(spool, {{"a", 1}, {"b", 2}});
    const Batch batch = spool.change_ids(spool.next(), {{1, 5000}});
    CHECK(batch[0].ms == 0);
    CHECK(batch[1].ms == 5000);
  }
  Spool spool(folder.path(), kNoLimit);
  CHECK(spool.next()[1].ms == 5000);
}

TEST_CASE("an unreadable batch is put aside and the others are delivered") {
  TemporaryFolder folder;
  {
    Spool spool(folder.path(), kNoLimit);
    store(spool, {{"a", 1}});
    store(spool, {{"a", 2}});
  }
  std::ofstream(folder.path() / "spool/pending/1") << "noise";
  Spool spool(folder.path(), kNoLimit);
  CHECK(drain(spool).at("a") == 2);
  CHECK(spool.unreadable() == 1);
  CHECK(std::filesystem::exists(folder.path() / "spool/pending/bad-1"));
}

TEST_CASE("a batch whose segments are still there is not removed, and not looked up for that") {
  TemporaryFolder folder;
  const Identity there{1, 2}, gone{3, 4};
  const auto store_naming = [](Spool& spool, const Identity& segment) {
    BatchHeader header{};
    header.number = header.covers = spool.last_number() + 1;
    header.ms = spool.new_ms(1000);
    spool.store(header, [&](BatchWriter& writer) {
      writer.add(BatchEntry{0, Counter{{1, 0}}, "a"});
      writer.add(segment);
    });
  };
  {
    Spool spool(folder.path(), kNoLimit);
    store_naming(spool, there);
    store_naming(spool, gone);
    spool.note_harvested(there);
    drain(spool);
    spool.tidy("", Spool::kKeepMs, Spool::kKeepMs);
    spool.meet_run("", 0);
    CHECK_FALSE(spool.next());  // Redis may have trimmed it, and would take it for a new one
    CHECK(spool.oldest_ms() == ~uint64_t{0});
  }
  CHECK(std::filesystem::exists(folder.path() / "spool/kept/1"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "spool/kept/2"));
  Spool spool(folder.path(), kNoLimit);
  CHECK(spool.harvested().contains(there));
  spool.forget_kept_before(kNoLimit);
  CHECK(std::filesystem::exists(folder.path() / "spool/kept/1"));
  CHECK_FALSE(spool.next());  // Redis may have trimmed it
  spool.meet_run("", 0);
  CHECK_FALSE(spool.next());
  CHECK(spool.oldest_ms() == std::numeric_limits<uint64_t>::max());
  spool.forget_harvested(there);
  spool.forget_kept_before(kNoLimit);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "spool/kept/1"));
}

TEST_CASE("every rewrite of a batch keeps the names of its segments, a merge only of those that are there") {
  TemporaryFolder folder;
  Spool spool(folder.path(), 1);
  const auto store_naming = [&](const Identity& segment) {
    BatchHeader header{};
    header.number = header.covers = spool.last_number() + 1;
    header.ms = spool.new_ms(1000);
    spool.store(header, [&](BatchWriter& writer) {
      writer.add(BatchEntry{0, Counter{{1, 0}}, "a"});
      writer.add(segment);
    });
  };
  store_naming({1, 1});
  const Batch changed = spool.change_ids(spool.next(), {{0, 5}});
  CHECK(changed.segments() == std::vector<Identity>{{1, 1}});
  store_naming({2, 2});
  store_naming({3, 3});
  spool.note_harvested({2, 2});
  spool.merge();
  const Batch merged = Batch::open(folder.path() / "spool/pending/3");
  CHECK(merged.segments() == std::vector<Identity>{{2, 2}});
  CHECK(merged[0].delta == Delta(Counter{{2, 0}}));
}
