#include "ingestd/status/rejected_lines.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <thread>

#include "common/clock.h"
#include "ingestd/status/rejected_text.h"
#include "tests/unit/temporary_folder.h"

TEST_SUITE_BEGIN("ingestd/status");

using namespace kilometric;

namespace {

std::vector<std::string> texts(const TemporaryFolder& folder, unsigned workers = 1) {
  std::vector<std::string> result;
  for (const RejectedLine& line : RejectedLines::recent(folder.path(), workers)) result.push_back(line.text);
  return result;
}

/// Each later than the one before, so that their order is known.
void keep(RejectedLines& lines, Outcome outcome, std::string_view text) {
  for (const int64_t before = boot_ms(); boot_ms() == before;) std::this_thread::yield();
  lines.keep(outcome, Via::udp, "10.0.0.7:5123", text);
}

}  // namespace

TEST_CASE("a line is kept with its reason, its way and its sender") {
  const TemporaryFolder folder;
  RejectedLines lines(folder.path(), 0);
  lines.keep(Outcome::bad_value, Via::http, "[::1]:5123", "a:x|c");
  const auto recent = RejectedLines::recent(folder.path(), 1);
  REQUIRE(recent.size() == 1);
  CHECK(recent[0].outcome == Outcome::bad_value);
  CHECK(recent[0].via == Via::http);
  CHECK(recent[0].sender == "[::1]:5123");
  CHECK(recent[0].text == "a:x|c");
  CHECK(recent[0].bytes == 5);
}

TEST_CASE("the last few of each reason are kept, of all workers, the newest first") {
  const TemporaryFolder folder;
  RejectedLines first(folder.path(), 0), second(folder.path(), 1);
  keep(first, Outcome::bad_type, "rare");
  for (size_t i = 0; i < 2 * RejectedLines::kSlots; ++i) keep(first, Outcome::bad_value, std::to_string(i));
  keep(second, Outcome::bad_value, "of another worker");
  std::vector<std::string> wanted{"of another worker"};
  for (size_t i = 2 * RejectedLines::kSlots; i-- > RejectedLines::kSlots;) wanted.push_back(std::to_string(i));
  wanted.emplace_back("rare");
  CHECK(texts(folder, 2) == wanted);
}

TEST_CASE("a line of a reason is due a tenth of a second after the one before") {
  const TemporaryFolder folder;
  RejectedLines lines(folder.path(), 0);
  CHECK(lines.due(Outcome::bad_key));
  lines.keep(Outcome::bad_key, Via::udp, "unknown", "");
  CHECK_FALSE(lines.due(Outcome::bad_key));
  CHECK(lines.due(Outcome::bad_rate));
  std::this_thread::sleep_for(std::chrono::milliseconds(RejectedLines::kLeastGapMs + 10));
  CHECK(lines.due(Outcome::bad_key));
}

TEST_CASE("what is shown is printable, and cut") {
  const TemporaryFolder folder;
  RejectedLines lines(folder.path(), 0);
  lines.keep(Outcome::bad_key, Via::udp, "unknown", std::string_view("\x1b[2J\0\\\x7f\xc3\xbc\n", 10));
  CHECK(texts(folder) == std::vector<std::string>{R"(\x1B[2J\x00\x5C\x7F\xC3\xBC\x0A)"});
  keep(lines, Outcome::bad_key, std::string(70'000, 'a'));
  CHECK(RejectedLines::recent(folder.path(), 1)[0].text == std::string(RejectedLines::kTextBytes, 'a'));
  CHECK(RejectedLines::recent(folder.path(), 1)[0].bytes == 70'000);
}

TEST_CASE("a successor keeps what its predecessor has kept") {
  const TemporaryFolder folder;
  { RejectedLines(folder.path(), 0).keep(Outcome::refused, Via::udp, "unknown", "before"); }
  RejectedLines successor(folder.path(), 0);
  keep(successor, Outcome::refused, "after");
  CHECK(texts(folder) == std::vector<std::string>{"after", "before"});
}

TEST_CASE("a file that is none of this version is begun anew, and shows nothing") {
  const TemporaryFolder folder;
  const std::filesystem::path path = RejectedLines::path(folder.path(), 0);
  for (const std::string& content : {std::string(), std::string("noise"), std::string(1 << 16, '\1')}) {
    std::ofstream(path, std::ios::binary) << content;
    CHECK(texts(folder).empty());
    RejectedLines lines(folder.path(), 0);
    lines.keep(Outcome::bad_key, Via::udp, "unknown", "new");
    CHECK(texts(folder) == std::vector<std::string>{"new"});
  }
}

TEST_CASE("without room nothing is kept") {
  RejectedLines lines("/no/such/folder", 0);
  CHECK_FALSE(lines.due(Outcome::bad_key));
  lines.keep(Outcome::bad_key, Via::udp, "unknown", "line");
  CHECK(RejectedLines::recent("/no/such/folder", 1).empty());
}

TEST_CASE("whatever bytes a file holds, what is shown is printable and bounded") {
  const TemporaryFolder folder;
  const std::filesystem::path path = RejectedLines::path(folder.path(), 0);
  { RejectedLines(folder.path(), 0).keep(Outcome::bad_key, Via::udp, "10.0.0.7:5123", "line"); }
  const auto bytes = std::filesystem::file_size(path);
  std::mt19937 random(20201021);
  size_t shown = 0;
  for (int turn = 0; turn < 100; ++turn) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    for (int i = 0; i < 2'000; ++i) {
      file.seekp(static_cast<std::streamoff>(64 + random() % (bytes - 64)));  // behind the header
      file.put(static_cast<char>(random() % 4 == 0 ? random() : 0));
    }
    file.close();
    for (const RejectedLine& line : RejectedLines::recent(folder.path(), 1)) {
      ++shown;
      CHECK(line.text.size() <= 4 * RejectedLines::kTextBytes);
      CHECK(line.sender.size() <= 4 * 64);
      for (const char c : line.text + line.sender) REQUIRE((c >= ' ' && c <= '~'));
    }
  }
  CHECK(shown > 0);
}

TEST_CASE("what is read while it is written is not torn") {
  const TemporaryFolder folder;
  RejectedLines lines(folder.path(), 0);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    for (char c = 'a'; !stop; c = c == 'z' ? 'a' : static_cast<char>(c + 1))
      lines.keep(Outcome::bad_key, Via::udp, std::string(60, c), std::string(200, c));
  });
  size_t read = 0;
  for (int turn = 0; turn < 2'000; ++turn)
    for (const RejectedLine& line : RejectedLines::recent(folder.path(), 1)) {
      ++read;
      REQUIRE(line.text == std::string(200, line.text.front()));
      REQUIRE(line.sender == std::string(60, line.text.front()));
    }
  stop = true;
  writer.join();
  CHECK(read > 0);
}

TEST_CASE("the line around a place") {
  const std::string text = "one\r\n\ntwo:x|c\nthree";
  CHECK(line_around(text, text.data()) == "one");
  CHECK(line_around(text, text.data() + 2) == "one");
  CHECK(line_around(text, text.data() + 5).empty());
  CHECK(line_around(text, text.data() + 8) == "two:x|c");
  CHECK(line_around(text, text.data() + text.size()) == "three");
  CHECK(line_around(text, nullptr).empty());
  CHECK(line_around(text, text.data() + text.size() + 1).empty());
  CHECK(line_around({}, text.data()).empty());
}

TEST_CASE("as Redis is told of them they are rows of seven fields, the newest first, as many as fit") {
  const TemporaryFolder folder;
  Settings settings;
  settings.runtime_dir = folder.path();
  settings.workers = 1;
  CHECK(rejected_text(settings).empty());
  RejectedLines lines(folder.path(), 0);
  const int64_t before = wall_ms();
  lines.keep(Outcome::bad_value, Via::udp, "10.0.0.7:5123", "a\tb:x|c\n");
  std::string text = rejected_text(settings);
  const int64_t at = std::stoll(text);
  CHECK(at >= before - 1000);
  CHECK(at <= wall_ms() + 1000);
  const std::string advice(text_of(Outcome::bad_value).advice);
  CHECK(text.substr(text.find('\t')) ==
        "\tbad_value\t" + advice + "\tudp\t10.0.0.7:5123\t8\ta\\x09b:x|c\\x0A\n");
  for (size_t outcome = 1; outcome < kOutcomes; ++outcome)
    for (size_t i = 0; i < RejectedLines::kSlots; ++i)
      lines.keep(static_cast<Outcome>(outcome), Via::udp, "unknown", std::string(200, '\0'));
  text = rejected_text(settings);
  CHECK(text.size() <= kMostRejectedTextBytes);
  CHECK(text.size() > kMostRejectedTextBytes - 1200);
  CHECK(text.back() == '\n');
}
