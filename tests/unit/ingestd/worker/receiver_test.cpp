#include "ingestd/worker/receiver.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ingestd/count/succession.h"
#include "tests/unit/temporary_folder.h"

TEST_SUITE_BEGIN("ingestd/worker");

using namespace kilometric;

namespace {

/// Puts a datagram into the receive batch as the kernel does.
void receive(WorkerFile& file, size_t place, std::string_view text) {
  std::memcpy(file.buffer(place), text.data(), text.size());
  file.header().messages[place].msg_len = static_cast<unsigned>(text.size());
}

void set_sender(Rejected& rejected, size_t place, const char* host, uint16_t port) {
  auto& address = reinterpret_cast<sockaddr_in&>(rejected.senders[place]);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  REQUIRE(inet_pton(AF_INET, host, &address.sin_addr) == 1);
}

/// By reason: the line, and its sender.
std::map<std::string, std::pair<std::string, std::string>> shown(const TemporaryFolder& folder) {
  std::map<std::string, std::pair<std::string, std::string>> result;
  for (const RejectedLine& line : RejectedLines::recent(folder.path(), 1))
    CHECK(result.try_emplace(std::string(text_of(line.outcome).name), line.text, line.sender).second);
  return result;
}

}  // namespace

TEST_CASE("rejected lines are shown whole, with the sender of their datagram") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 2);
  RejectedLines lines(folder.path(), 0);
  Rejected rejected{lines};
  set_sender(rejected, 0, "10.0.0.1", 1001);
  set_sender(rejected, 1, "10.0.0.2", 1002);
  std::string many = "a:1|c\n b : x|c\r\n:1|c";  // more than a group, so that two are counted
  for (int i = 0; i < 40; ++i) many += "\na:1|c";
  receive(file, 0, many);
  receive(file, 1, "nonsense\na:1|c|@2\n\nb:1|c\nno-room:1|c");
  receive(file, 2, "a:1|c\nto");
  file.header().messages[2].msg_hdr.msg_flags = MSG_TRUNC;
  count_batch(file, writer, 3, &rejected);
  const std::map<std::string, std::pair<std::string, std::string>> wanted{
      {"bad_value", {" b : x|c", "10.0.0.1:1001"}},  {"bad_key", {":1|c", "10.0.0.1:1001"}},
      {"bad_type", {"nonsense", "10.0.0.2:1002"}},   {"bad_rate", {"a:1|c|@2", "10.0.0.2:1002"}},
      {"refused", {"no-room:1|c", "10.0.0.2:1002"}}, {"truncated", {"to", "unknown"}}};
  CHECK(shown(folder) == wanted);
  CHECK(rejected.wanted);
}

TEST_CASE("senders are asked for as long as lines are bad, and an hour longer") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 100);
  RejectedLines lines(folder.path(), 0);
  Rejected rejected{lines};
  receive(file, 0, "a:1|c");
  count_batch(file, writer, 1, &rejected);
  CHECK_FALSE(rejected.wanted);
  receive(file, 0, "nonsense");
  count_batch(file, writer, 1, &rejected);
  CHECK(rejected.wanted);
  rejected.grow_old(rejected.last_ms + Rejected::kAskMs - 1);
  CHECK(rejected.wanted);
  rejected.grow_old(rejected.last_ms + Rejected::kAskMs);
  CHECK_FALSE(rejected.wanted);
}

TEST_CASE("a key that the segment refuses is shown") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 100);
  RejectedLines lines(folder.path(), 0);
  Rejected rejected{lines};
  receive(file, 0, "a:1|c\n\xFF\x01:1|c\nb:1|c");
  count_batch(file, writer, 1, &rejected);
  CHECK(shown(folder).at("bad_key") == std::pair<std::string, std::string>{R"(\xFF\x01:1|c)", "unknown"});
}

TEST_CASE("a batch that a killed worker left is counted for the way by which it came") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 100);
  file.header().batch_via = Via::unix_datagram;
  receive(file, 0, "a:1|c\nb:1|c");
  count_batch(file, writer, kReceiveDatagrams);
  CHECK(file.stats().lines[static_cast<size_t>(Via::unix_datagram)][0] == 2);
  file.header().batch_via = static_cast<Via>(200);  // noise
  receive(file, 0, "a:1|c");
  count_batch(file, writer, kReceiveDatagrams);
  CHECK(file.stats().lines[static_cast<size_t>(Via::udp)][0] == 1);
}

TEST_CASE("lines with tags are counted under one key, and rejected ones are shown") {
  const TemporaryFolder folder;
  WorkerFile file = succeed_worker(folder.path(), 0);
  SegmentWriter writer(folder.path(), 0, file, 100);
  writer.spellings().set_rules({true, {}, '\0'});
  RejectedLines lines(folder.path(), 0);
  Rejected rejected{lines};
  std::string many = "a:1|c|#";
  for (int i = 0; i < 33; ++i) many += "t" + std::to_string(i) + ":v,";
  receive(file, 0, "a:1|c|#y:2,x:1\na:2|c|@0.5|#x:1,y:2\na;y=2;x=1:3|c\na:1:2|c|#x:1,y:2|c:box\na:1|c");
  receive(file, 1, "t:1|ms:2|ms|#y:2,x:1\n" + many + "\nt;y=2;x=1:3|ms:4|g\nt:1|ms:2|ms" + many.substr(5));
  receive(file, 2,
          "a:1|c|#k:" + std::string(1'020, 'v') + "\n" + std::string(256, 'n') + ":1|c|#k:v\na:1|c|#k:\x01");
  count_batch(file, writer, 3, &rejected);
  std::map<std::string, int64_t> counts;
  for (const SegmentName& name : list_segments(folder.path())) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key(
        [&](uint64_t at) { counts[std::string(segment.key(at))] += segment.cell(at).count().whole; });
  }
  CHECK(counts == std::map<std::string, int64_t>{{"a", 1}, {"a;x=1;y=2", 11}, {"t;x=1;y=2", 4}});
  const auto& outcomes = file.stats().lines[0];
  CHECK((outcomes[0] == 7 && outcomes[static_cast<size_t>(Outcome::bad_key)] == 2));
  CHECK(file.header().lines(0, static_cast<size_t>(Outcome::too_many_tags)) == 2);
  const auto kept = shown(folder);
  CHECK(kept.at("too_many_tags").first.starts_with("a:1|c|#t0:v,t1:v"));
  CHECK(kept.at("key_too_long").first.starts_with("a:1|c|#k:vvv"));
  CHECK(kept.at("bad_key").first.size() > 0);
}
