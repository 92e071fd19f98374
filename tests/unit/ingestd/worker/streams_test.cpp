#include "ingestd/worker/streams.h"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/listen.h"
#include "ingestd/count/succession.h"
#include "ingestd/worker/stream.h"
#include "tests/unit/crash.h"
#include "tests/unit/plain_stream.h"
#include "tests/unit/temporary_folder.h"

TEST_SUITE_BEGIN("ingestd/worker");

using namespace kilometric;

namespace {

using Sums = std::map<std::string, Amount>;

/// A connection whose both ends are ours.
struct Pair {
  Pair() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0); }
  ~Pair() {
    close(ends[0]);
    close(ends[1]);
  }
  void send(std::string_view bytes) const {
    REQUIRE(write(ends[1], bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  }
  size_t waiting() const {
    int bytes = 0;
    REQUIRE(ioctl(ends[0], FIONREAD, &bytes) == 0);
    return static_cast<size_t>(bytes);
  }
  int ends[2];
};

/// A worker as far as it takes streams; the successor of the one before it in its folder.
struct Taker {
  explicit Taker(const TemporaryFolder& folder)
      : file(succeed_worker(folder.path(), 0)),
        writer(folder.path(), 0, file, 10'000),
        lines(folder.path(), 0),
        text(file, writer, &rejected) {
    text.finish();
  }

  Loop loop;
  WorkerFile file;
  SegmentWriter writer;
  RejectedLines lines;
  Rejected rejected{lines};
  StreamText text;
};

/// What became of the lines, and what was counted.
struct Counted {
  uint64_t accepted = 0, bad = 0, truncated = 0, torn = 0;
  Sums sums;
  bool operator==(const Counted&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Counted& counted) {
  return out << counted.accepted << " accepted, " << counted.bad << " bad, " << counted.truncated
             << " truncated, " << counted.torn << " torn, of " << counted.sums.size() << " keys";
}

Counted counted(const TemporaryFolder& folder, Via via) {
  Counted result;
  const WorkerFile file = WorkerFile::look(folder.path(), 0);
  for (size_t i = 0; i < kOutcomes; ++i) {
    const uint64_t lines = file.header().lines(static_cast<size_t>(via), i).load();
    uint64_t* const of[] = {&result.accepted, &result.truncated, &result.torn};
    const Outcome outcomes[] = {Outcome::accepted, Outcome::truncated, Outcome::torn};
    const auto* const found = std::find(outcomes, outcomes + 3, static_cast<Outcome>(i));
    *(found == outcomes + 3 ? &result.bad : of[found - outcomes]) += lines;
  }
  for (const SegmentName& name : list_segments(folder.path())) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      const Amount count = segment.cell(at).count();
      if (count != Amount{}) result.sums[std::string(segment.key(at))] += count;
    });
  }
  return result;
}

/// The same in the plain way.
Counted plain(const PlainStream& stream) {
  Counted result;
  result.truncated = stream.too_long;
  result.torn = stream.rest.empty() ? 0 : 1;
  for (const std::string& text : stream.lines) {
    size_t at = 0;
    const std::string_view line = next_line(text, at);
    if (line.empty()) continue;
    const Line parsed = parse_line(line);
    ++(parsed.outcome == Outcome::accepted ? result.accepted : result.bad);
    if (parsed.outcome == Outcome::accepted) result.sums[std::string(parsed.key)] += parsed.amount;
  }
  return result;
}

std::string message(std::string_view lines, uint32_t bytes) {
  std::string result;
  for (int i = 0; i < 4; ++i) result += static_cast<char>(bytes >> (8 * i));
  return result.append(lines);
}
std::string message(std::string_view lines) { return message(lines, static_cast<uint32_t>(lines.size())); }

/// What comes by one connection, piece by piece, until the client closes or `reset`.
Counted by_stream(Via via, const std::vector<std::string>& pieces, bool closes = true) {
  const TemporaryFolder folder;
  {
    const Pair pair;
    Taker taker(folder);
    Stream stream(taker.loop, dup(pair.ends[0]), via, taker.text);
    bool goes_on = true;
    for (size_t i = 0; goes_on && i < pieces.size(); ++i) {
      pair.send(pieces[i]);
      goes_on = stream.drain();
    }
    if (goes_on && closes) {
      bool ended = false;
      stream.start([&] { ended = true; });
      shutdown(pair.ends[1], SHUT_WR);
      while (!ended) uv_run(taker.loop.raw(), UV_RUN_ONCE);
    }
    stream.tear();
  }
  return counted(folder, via);
}

Counted plain(Via via, const std::vector<std::string>& pieces, bool closes = true) {
  PlainStream stream(via == Via::unix_stream);
  for (const std::string& piece : pieces) stream.take(piece);
  if (via == Via::tcp && closes) stream.end();
  return plain(stream);
}

/// By TCP, or each line in a message with the next.
std::string lines_of(Via via) {
  const std::string first = "a:1|c\r\n\nbad\nb:2.5|c\na:4", second = "c:8|c\na:16|c", third = "\n\nd:32|c\n";
  if (via == Via::tcp) return first + "|c\n" + second + third + "e:1|";
  return message(first + "|c") + message(second) + message("") + message(third) + message("e:1|c|@", 20);
}

}  // namespace

TEST_CASE("a stream may be cut anywhere") {
  for (const Via via : kStreamVias) {
    const std::string all = lines_of(via);
    for (const bool closes : {false, true})
      for (size_t cut = 0; cut <= all.size(); ++cut) {
        CAPTURE(cut);
        const std::vector<std::string> pieces{all.substr(0, cut), all.substr(cut)};
        REQUIRE(by_stream(via, pieces, closes) == plain(via, pieces, closes));
      }
    std::vector<std::string> bytes;
    for (const char byte : all) bytes.emplace_back(1, byte);
    const Counted found = by_stream(via, bytes);
    CHECK(found == plain(via, bytes));
    CHECK(found.accepted == 6);
    CHECK(found.sums.at("a") == Amount{21, 0});
  }
}

TEST_CASE("the last line of a stream that is closed is whole by TCP, and torn by messages") {
  CHECK(by_stream(Via::tcp, {"a:1|c\na:2|c"}).sums == Sums{{"a", {3, 0}}});
  CHECK(by_stream(Via::tcp, {"a:1|c\na:2|c"}, false).torn == 1);
  CHECK(by_stream(Via::unix_stream, {message("a:1|c\na:2|c")}).sums == Sums{{"a", {3, 0}}});
  CHECK(by_stream(Via::unix_stream, {message("a:1|c\na:2|c", 12)}).torn == 1);
}

TEST_CASE("a line that is too long counts once, and the next is a line again") {
  for (const size_t bytes : {8'191, 8'192, 8'193, 8'194, 65'535, 65'536, 70'000, 200'000})
    for (const size_t at_once : {100, 5'000, 60'000}) {
      std::string text = std::string(bytes, 'x') + "\na:1|c\n" + std::string(bytes, 'y');
      std::vector<std::string> pieces;
      for (; !text.empty(); text.erase(0, at_once)) pieces.push_back(text.substr(0, at_once));
      CAPTURE(bytes);
      CAPTURE(at_once);
      const Counted found = by_stream(Via::tcp, pieces);
      CHECK(found == plain(Via::tcp, pieces));
      CHECK(found.accepted == 1);
      CHECK(found.truncated == (bytes > kMostStreamLine ? 2 : 0));
    }
}

TEST_CASE("lengths of messages that lie") {
  const std::string good = message("a:1|c"), tail = good + good;
  for (const uint32_t length : {65'537u, 0x7FFF'FFFFu, 0x8000'0000u, 0xFFFF'FFFFu}) {
    const std::vector<std::string> pieces{good + message("b:1|c", length) + tail};
    const Counted found = by_stream(Via::unix_stream, pieces);
    CHECK(found == plain(Via::unix_stream, pieces));
    CHECK(found == Counted{1, 0, 1, 0, {{"a", {1, 0}}}});
  }
  for (uint32_t length = 0; length < 40; ++length) {
    const std::vector<std::string> pieces{good, message("b:1|c\nc:1|c", length), tail};
    CAPTURE(length);
    CHECK(by_stream(Via::unix_stream, pieces) == plain(Via::unix_stream, pieces));
  }
  const std::string whole = message(std::string(65'536, '\n')), with_lines = whole + message("a:1|c");
  CHECK(by_stream(Via::unix_stream, {with_lines}).accepted == 1);
}

TEST_CASE(
    "what a killed worker had read of a stream is counted once, wherever it and its successor are killed") {
  auto* const sent = static_cast<size_t*>(
      mmap(nullptr, sizeof(size_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  for (const Via via : kStreamVias) {
    const std::string long_line = std::string(9'000, 'x') + "\n";
    const std::string all = lines_of(via),
                      more = via == Via::tcp ? "5|c\n" + long_line : "0.5\nf:1|c\ngg\n" + message(long_line);
    const std::vector<std::string> pieces{all.substr(0, 9), all.substr(9, 20), all.substr(29), more};
    std::string whole;
    for (const std::string& piece : pieces) whole += piece;
    bool crashed = true;
    for (unsigned long at = 1; crashed; at += 2) {
      CAPTURE(at);
      const TemporaryFolder folder;
      const Pair pair;
      *sent = 0;
      crashed = crashes_at(at, [&] {
        Taker taker(folder);
        Stream stream(taker.loop, dup(pair.ends[0]), via, taker.text);
        for (const std::string& piece : pieces) {
          pair.send(piece);
          *sent += piece.size();
          if (!stream.drain()) break;
        }
        stream.tear();
      });
      for (unsigned long again = 1 + at % 3; crashes_at(again, [&] { const Taker taker(folder); });
           again += 5) {}
      { const Taker taker(folder); }
      const std::vector<std::string> taken{whole.substr(0, *sent - pair.waiting())};
      REQUIRE(counted(folder, via) == plain(via, taken, false));
    }
  }
  munmap(sent, sizeof(size_t));
}

TEST_CASE("lines that many connections have left unfinished are torn, once") {
  const TemporaryFolder folder;
  const auto half_lines = [&](Taker& taker, std::list<Pair>& pairs, std::list<Stream>& streams, int many) {
    for (int i = 0; i < many; ++i) {
      const Pair& pair = pairs.emplace_back();
      Stream& stream =
          streams.emplace_back(taker.loop, dup(pair.ends[0]), i % 3 ? Via::tcp : Via::unix_stream, taker.text);
      pair.send(i % 3 ? "a:1|c\nhalf" : message("a:1|c\nhalf", 100));
      stream.drain();
    }
  };
  unsigned long at = 0;
  for (uint64_t dead = 1; dead <= 8; ++dead) {
    at += 13;
    crashes_at(1'000'000, [&] {
      Taker taker(folder);
      std::list<Pair> pairs;
      std::list<Stream> streams;
      half_lines(taker, pairs, streams, 9);
      _exit(0);
    });
    while (crashes_at(at % 7 + 1, [&] { const Taker taker(folder); })) at += 3;
    CHECK(counted(folder, Via::tcp).torn == 6 * dead);
    CHECK(counted(folder, Via::unix_stream).torn == 3 * dead);
    CHECK(counted(folder, Via::tcp).accepted == 6 * dead);
  }
}

TEST_CASE("noise in a worker's file does no harm") {
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    const TemporaryFolder folder;
    {
      const Taker taker(folder);
      StreamsInHand& hand = taker.file.header().streams;
      auto noise = [state = seed]() mutable { return state = state * 1'664'525u + 1'013'904'223u; };
      hand.message.msg_len = noise();
      hand.left = noise();
      hand.state = StreamsInHand::State{{0, 0},
                                        static_cast<uint16_t>(noise() >> 16),
                                        static_cast<Via>(3 + seed % 2),
                                        static_cast<uint8_t>(noise() >> 24)};
      taker.file.header().cursor =
          Cursor{static_cast<uint16_t>(noise()), static_cast<uint16_t>(noise()), noise()};
    }
    const Taker successor(folder);
    CHECK(successor.file.header().streams.state.load().via == Via::udp);
  }
}

namespace {

/// A listening socket at a free port, and Streams that take its connections.
struct Listening {
  explicit Listening(StreamLimits limits)
      : taker(folder), streams(taker.loop, taker.file, taker.writer, taker.rejected, limits) {
    streams.finish();
    socklen_t bytes = sizeof name;
    REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&name), &bytes) == 0);
    streams.listen(fd, Via::tcp);
  }
  ~Listening() {
    streams.stop();
    close(fd);
  }
  int connect() {
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::connect(client, reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    return client;
  }
  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) uv_run(taker.loop.raw(), UV_RUN_ONCE);
  }
  const StreamStats& stats() { return taker.file.stats().streams[0]; }

  const TemporaryFolder folder;
  Taker taker;
  Streams streams;
  const int fd = open_socket(Protocol::tcp, "127.0.0.1", 0, "TEST");
  sockaddr_in name{};
};

}  // namespace

TEST_CASE("a connection beyond the limit is closed and counted, and the others go on") {
  Listening listening({2, std::chrono::hours(1)});
  const int clients[] = {listening.connect(), listening.connect(), listening.connect()};
  listening.run_until([&] { return listening.stats().refused == 1; });
  CHECK(listening.stats().accepted == 2);
  CHECK(listening.stats().connections == 2);
  char byte;
  CHECK(read(clients[2], &byte, 1) == 0);
  REQUIRE(write(clients[0], "a:1|c\n", 6) == 6);
  listening.run_until([&] { return counted(listening.folder, Via::tcp).accepted == 1; });
  close(clients[0]);
  listening.run_until([&] { return listening.stats().connections == 1; });
  const int late = listening.connect();
  listening.run_until([&] { return listening.stats().accepted == 3; });
  for (const int client : {clients[1], clients[2], late}) close(client);
}

TEST_CASE("a connection that is silent for too long is closed and counted") {
  Listening listening({10, std::chrono::milliseconds(0)});
  const int client = listening.connect();
  REQUIRE(write(client, "a:1|c\nhalf", 10) == 10);
  listening.run_until([&] { return counted(listening.folder, Via::tcp).accepted == 1; });
  listening.streams.close_silent();
  CHECK(listening.stats().silent == 1);
  CHECK(listening.stats().connections == 0);
  CHECK(counted(listening.folder, Via::tcp).torn == 1);
  char byte;
  CHECK(read(client, &byte, 1) == 0);
  close(client);

  Listening patient({10, std::chrono::hours(1)});
  const int other = patient.connect();
  patient.run_until([&] { return patient.stats().accepted == 1; });
  patient.streams.close_silent();
  CHECK(patient.stats().connections == 1);
  close(other);
}
