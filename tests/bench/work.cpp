// The work of a worker without its waiting: `work lines N` counts N lines, 30 a datagram over 1,000 keys
// (or as many as the next argument says), of the type that the one behind it says, in at least as many packets
// as the last one says; `work requests N` answers N
// GET /track on one connection; `work entries N` makes entries of as many keys, each with one line fifteen
// times, of that type: what counting costs is left out when callgrind is told to begin with send_entries(). To
// be run under callgrind, twice: the difference of two runs is what the difference of N costs, to the
// instruction.
#include <CLI/CLI.hpp>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <random>
#include <string>

#include "common/clock.h"
#include "common/http/server.h"
#include "common/redis/redis.h"
#include "ingestd/count/succession.h"
#include "ingestd/flusher/harvester.h"
#include "ingestd/send/sender.h"
#include "ingestd/worker/receiver.h"
#include "ingestd/worker/track.h"
#include "tests/bench/lines.h"
#include "tests/bench/loopback.h"
#include "tests/unit/temporary_folder.h"

/// In place of the C library's: where keys lie in the tables is the same in each run, and so is what it costs.
extern "C" ssize_t getrandom(void* to, size_t size, unsigned) {
  static std::minstd_rand numbers;
  std::generate_n(static_cast<uint8_t*>(to), size, [] { return static_cast<uint8_t>(numbers() >> 8); });
  return static_cast<ssize_t>(size);
}

namespace kilometric {
namespace {

constexpr size_t kLines = 30;

class Counters {
 public:
  const std::filesystem::path& folder() const { return folder_.path(); }
  Counters() { writer_.spellings().set_rules({true, {}, '\0'}); }
  WorkerFile& file() { return file_; }
  SegmentWriter& writer() { return writer_; }

 private:
  TemporaryFolder folder_;
  WorkerFile file_ = succeed_worker(folder_.path(), 0);
  SegmentWriter writer_{folder_.path(), 0, file_, 1'000'000};
};

/// As recvmmsg leaves them in the receive batch.
void count_lines(Counters& counters, size_t lines, size_t keys, const bench::LineStyle& style, size_t least) {
  const auto packets = bench::make_packets(keys, kLines, least, style);
  for (size_t packet = 0, done = 0; done < lines;) {
    size_t datagrams = 0;
    for (; datagrams < kReceiveDatagrams && done < lines; ++datagrams, done += kLines) {
      const std::string& text = packets[packet++ % packets.size()];
      std::memcpy(counters.file().buffer(datagrams), text.data(), text.size());
      counters.file().header().messages[datagrams].msg_len = static_cast<unsigned>(text.size());
    }
    count_batch(counters.file(), counters.writer(), datagrams);
  }
}

/// What the flusher does with what was counted; Redis is at `url`, or nowhere: then no command is sent.
[[gnu::noinline]] void send_entries(const std::filesystem::path& runtime, const std::filesystem::path& state,
                                    const std::string& url) {
  Spool spool(state, uint64_t{1} << 40);
  RedisClock clock;
  Harvester harvester(runtime, spool, clock, 7, Identity{});
  clock.set(wall_ms());
  harvester.harvest_all({}, boot_ms());
  if (url.empty()) {
    OpenBatch batch(spool.next(), {});
    size_t bytes = 0;
    while (const std::optional<size_t> index = batch.take_next()) bytes += batch.command_of(*index).size();
    std::printf("%zu bytes\n", bytes);
    return;
  }
  Loop loop;
  ToldKeys told;
  std::optional<Sender> sender;
  Redis redis(
      loop, RedisUrl::parse(url), {}, [&] { sender->kick(); }, [](const std::string&) {});
  sender.emplace(loop, redis, spool, clock, Identity{}, told, [&] { loop.stop(); });
  sender->hurry();
  redis.start();
  loop.run();
}

void make_entries(size_t keys, const std::string& type, const std::string& url) {
  constexpr size_t kLinesOfKey = 15;
  Counters counters;
  TemporaryFolder state;
  for (size_t i = 0; i < 2; ++i) {  // the second segment has room for all
    for (const SegmentName& segment : list_segments(counters.folder()))
      if (i > 0 && Segment::open(segment.path)->sealed()) std::filesystem::remove(segment.path);
    count_lines(counters, kLinesOfKey * keys, keys, {type}, 1);
    counters.writer().end_interval(boot_ms());
  }
  send_entries(counters.folder(), state.path(), url);
}

int listen_at(sockaddr_un& address, socklen_t& size) {
  const int fd = bench::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), "socket");
  address.sun_family = AF_UNIX;  // the kernel gives it an abstract name
  bench::check(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(sa_family_t)), "bind");
  bench::check(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  bench::check(::listen(fd, 1), "listen");
  return fd;
}

void answer_requests(size_t requests) {
  constexpr std::string_view kRequest = "GET /track?key=my-metric HTTP/1.1\r\nHost: localhost:3000\r\n\r\n";
  Counters counters;
  TemporaryFolder folder;
  RejectedLines rejected(folder.path(), 0);
  Track track(counters.writer(), rejected);
  Loop loop;
  sockaddr_un address{};
  socklen_t size = sizeof address;
  HttpServer server(
      loop, listen_at(address, size), {},
      [&](const HttpRequest& request, HttpResponse answer) { track.handle(request, answer); },
      [](std::string_view, int) {});
  const int fd = bench::check(::socket(AF_UNIX, SOCK_STREAM, 0), "socket");
  bench::check(::connect(fd, reinterpret_cast<const sockaddr*>(&address), size), "connect");
  for (size_t i = 0; i < requests; ++i) {
    bench::check(::write(fd, kRequest.data(), kRequest.size()), "write");
    char answer[4096];
    ssize_t got = 0;
    while ((got = ::recv(fd, answer, sizeof answer, MSG_DONTWAIT)) < 0) uv_run(loop.raw(), UV_RUN_NOWAIT);
    if (!std::string_view(answer, static_cast<size_t>(got)).starts_with("HTTP/1.1 204 "))
      throw std::runtime_error("an answer other than 204");
  }
  ::close(fd);
}

}  // namespace
}  // namespace kilometric

int main(int argc, char** argv) {
  try {
    std::string what, type = "c", url;
    size_t count = 0, keys = 1'000, packets = 1, tags = 0;
    CLI::App app{"counts lines, answers requests or makes entries, and does nothing else"};
    app.add_option("what", what)->required()->check(CLI::IsMember({"lines", "requests", "entries"}));
    app.add_option("count", count)->required()->check(CLI::Range(1, 100'000'000));
    app.add_option("keys", keys, "of the lines")->check(CLI::Range(1, 1'000'000));
    app.add_option("type", type)->check(CLI::IsMember({"c", "ms", "g", "s"}));
    app.add_option("packets", packets, "at least so many before they repeat");
    app.add_option("--tags", tags, "behind a line")->check(CLI::Range(size_t{0}, bench::kMostTags));
    app.add_option("--redis", url, "where entries are sent to; else they are only made");
    CLI11_PARSE(app, argc, argv);
    if (what == "requests") {
      kilometric::answer_requests(count);
    } else if (what == "entries") {
      kilometric::make_entries(count, type, url);
    } else {
      kilometric::Counters counters;
      kilometric::count_lines(counters, count, keys, {type, bench::kKeyBytes, tags}, packets);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "work: %s\n", error.what());
    return 1;
  }
}
