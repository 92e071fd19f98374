// The delivery rule: whatever Redis, the connection and the flusher go through (the input is a script
// of that, see fake_redis.h), every entry of every batch, of each kind, is in its stream exactly once in the
// end. When the script begins with a byte above 127, the spool merges what batches it can; with one that has
// bit 6, the stream of events keeps few.
#include "ingestd/send/sender.h"

#include <spdlog/spdlog.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

#include "common/clock.h"
#include "tests/fuzz/fake_redis.h"
#include "tests/fuzz/plain_kinds.h"
#include "tests/fuzz/scratch.h"

namespace {

int64_t skipped_ms = 0;  ///< waits are skipped, not waited for; zero outside of an input

}  // namespace

/// In place of the C library's, for libuv: its timers run on this. The wall clock stays as it is, for
/// libFuzzer: it asks it, at any moment, how long an input has taken.
extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = ::syscall(SYS_clock_gettime, clock, time);
  if (clock == CLOCK_REALTIME) return static_cast<int>(result);
  time->tv_sec += skipped_ms / 1000;
  time->tv_nsec += skipped_ms % 1000 * 1'000'000;
  if (time->tv_nsec >= 1'000'000'000) ++time->tv_sec, time->tv_nsec -= 1'000'000'000;
  return static_cast<int>(result);
}

using namespace kilometric;

namespace {

constexpr int64_t kRedisMs = 1'603'303'544'893;
constexpr int kMostTurns = 20'000;  ///< of 20 ms
constexpr size_t kMostFaults = 40;  ///< each costs a backoff of at most 5 s

/// What the flusher process is made of here.
struct Flusher {
  Flusher(const std::filesystem::path& folder, uint64_t limit, uint64_t most_events, const RedisUrl& url,
          const FakeRedis& fake)
      : server(fake),
        spool(folder, limit, most_events),
        redis(
            loop, url, {}, [this] { on_up(); }, [](const std::string&) {}),
        sender(loop, redis, spool, clock, Identity{1, 2}, told_keys,
               [this] { drained = spool.pending() == 0; }) {
    redis.start();
  }

  void on_up() {
    clock.set(kRedisMs);
    if (std::exchange(run, server.run()) != server.run()) {
      told_keys.clear();
      spool.meet_run("", 0);
      sender.doubt(SlotSet().set());
    }
    sender.kick();
  }

  const FakeRedis& server;
  unsigned run = 0;
  Loop loop;
  Spool spool;
  RedisClock clock;
  Redis redis;
  ToldKeys told_keys;
  Sender sender;
  bool drained = false;
};

void store(Spool& spool, uint64_t number) {
  BatchHeader header{};
  header.number = header.covers = number;
  header.instance = 77;
  const uint64_t ms = spool.new_ms(kRedisMs + static_cast<int64_t>(number));
  if (number > 1) header.ms = ms;  // the first was harvested before Redis had ever told its time
  spool.store(header, [&](BatchWriter& writer) { write_entries(writer, number, ms); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr uint64_t kBatches = 3;
  static const Scratch scratch;
  static FakeRedis redis(scratch.path() / "socket");
  static const RedisUrl url = RedisUrl::parse("unix://" + (scratch.path() / "socket").string());
  spdlog::set_level(spdlog::level::off);
  const auto folder = scratch.path() / "state";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  redis.begin({reinterpret_cast<const char*>(data), std::min(size, kMostFaults)});

  const uint64_t limit = size > 0 && data[0] > 127 ? 0 : 1 << 20;
  const uint64_t most_events = size > 0 && (data[0] & 64) != 0 ? 2 : 1'000;
  std::optional<Flusher> flusher;
  flusher.emplace(folder, limit, most_events, url, redis);
  for (uint64_t number = 1; number <= kBatches; ++number) store(flusher->spool, number);
  flusher->spool.merge();
  for (int turn = 0; !flusher->drained; ++turn) {
    assert(turn < kMostTurns);
    skipped_ms += 20;
    uv_run(flusher->loop.raw(), UV_RUN_NOWAIT);
    redis.turn();
    if (redis.take_death()) {
      flusher.reset();
      flusher.emplace(folder, limit, most_events, url, redis);
    }
  }
  check_streams(redis, kBatches, most_events);
  flusher.reset();
  skipped_ms = 0;
  return 0;
}
