// Segments of versions 2 and 3, whose cells have 64 bytes, as a worker of such a build leaves them when it is
// killed: what they hold is undone, sealed and read like today's.
#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
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

namespace fs = std::filesystem;

constexpr uint64_t kLargeCell = 64;

/// A segment as version 3 has it.
class LargeCells {
 public:
  explicit LargeCells(const Segment& segment) {
    const SegmentSize size = segment.size();
    bytes_.assign(reinterpret_cast<const char*>(&segment.header()), kPageBytes);
    segment.for_each_key([&](uint64_t at) { add(segment, at); });
    const auto before = segment.place_of(segment.own_blocks(0)->words[0]);
    blocks_moved_ = bytes_.size() / sizeof(Word) - before;
    bytes_.append(reinterpret_cast<const char*>(segment.own_blocks(0)), size.blocks * sizeof(Block));
    auto& header = *reinterpret_cast<SegmentHeader*>(bytes_.data());
    header.version = 3;
    header.cells = numbers_.size();
    header.cells_used = numbers_.size();
    header.blocks = size.blocks;
    move_undo_words(header);
  }

  const std::string& bytes() const { return bytes_; }
  /// The number of the cell there that this one has become; a number that is none for one that was not in use.
  uint64_t number_of(uint64_t at) const {
    for (uint64_t number = 0; number < numbers_.size(); ++number)
      if (numbers_[number] == at) return number;
    return ~uint64_t{0};
  }

 private:
  void add(const Segment& segment, uint64_t at) {
    const size_t bytes = segment.key(at).data() + segment.key(at).size() - begin_of(segment, at);
    const uint64_t cells = (bytes + kLargeCell - 1) / kLargeCell;
    bytes_.append(begin_of(segment, at), bytes);
    bytes_.append(cells * kLargeCell - bytes, '\0');
    numbers_.push_back(at);
    numbers_.resize(numbers_.size() + cells - 1, ~uint64_t{0});
  }
  static const char* begin_of(const Segment& segment, uint64_t at) {
    return reinterpret_cast<const char*>(&segment.cell(at));
  }
  void move_undo_words(SegmentHeader& header) const {
    for (uint64_t at = 0; at < header.undo_words;) {
      uint64_t& head = header.undo[at];
      at += 1 + (head & kUndoRunMask);
      head += blocks_moved_ << kUndoRunBits;
    }
  }

  std::string bytes_;
  std::vector<uint64_t> numbers_;  ///< of each of its cells the one here whose key begins there
  uint64_t blocks_moved_ = 0;      ///< in words
};

/// Makes what a worker has left what one of that version would have.
void make_old(const fs::path& folder, uint32_t version) {
  const WorkerFile file = WorkerFile::take(folder, 0);
  UndoLog& log = file.header().undo_log;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    const LargeCells old(segment);
    if (log.segment == segment.header().identity)
      for (uint64_t i = 0; i < log.entries; ++i) log.before[i].cell = old.number_of(log.before[i].cell);
    std::string bytes = old.bytes();
    bytes[offsetof(SegmentHeader, version)] = static_cast<char>(version);
    if (version == 2) {  // which knows of no blocks
      const auto& header = *reinterpret_cast<const SegmentHeader*>(bytes.data());
      bytes.resize(kPageBytes + header.cells * kLargeCell);
      std::memset(bytes.data() + offsetof(SegmentHeader, blocks), 0, sizeof(uint64_t));
      std::memset(bytes.data() + offsetof(SegmentHeader, blocks_used), 0, sizeof(uint64_t));
    }
    fs::remove(name.path);
    std::ofstream(name.path, std::ios::binary) << bytes;
  }
}

/// What all segments hold of each metric.
std::map<std::string, std::string> texts_in(const fs::path& folder) {
  std::map<std::string, Delta> sums;
  for (const SegmentName& name : list_segments(folder)) {
    const Segment segment = Segment::open(name.path).value();
    segment.for_each_key([&](uint64_t at) {
      const Delta delta = delta_of(segment, at);
      if (delta.says_nothing()) return;
      const std::string metric = std::string(text_of(delta.kind()).name) + " " + std::string(segment.key(at));
      const auto [found, added] = sums.try_emplace(metric, delta);
      if (!added) found->second.then(delta);
    });
  }
  std::map<std::string, std::string> texts;
  for (const auto& [key, delta] : sums)
    delta.fields([&](std::string_view name, std::string_view value) {
      if (name != "at") texts[key] += std::string(name) + "=" + std::string(value) + " ";
    });
  return texts;
}

void receive(const fs::path& folder, const std::string& datagram) {
  const WorkerFile file = WorkerFile::take(folder, 0);
  std::memcpy(file.buffer(0), datagram.data(), datagram.size());
  file.header().messages[0].msg_len = static_cast<unsigned>(datagram.size());
}

void succeed(const fs::path& folder) {
  WorkerFile file = succeed_worker(folder, 0);
  SegmentWriter writer(folder, 0, file, 10'000);
  count_batch(file, writer, 1);
}

/// Of keys of many lengths, those among them that end with a cell.
std::string lines_of(const std::vector<std::string>& types) {
  std::string lines;
  for (size_t i = 0; i < 90; ++i)
    lines += std::string("k") + std::string(i * 8 % 170, 'x') + ":" + std::to_string(i + 1) + "." +
             std::to_string(i % 4) + "|" + types[i % types.size()] + "\n";
  return lines;
}

/// The worker is killed at every crash point, and what it has left is old then.
void check_killed(uint32_t version, const std::vector<std::string>& types, unsigned long step) {
  TemporaryFolder whole;
  receive(whole.path(), lines_of(types));
  succeed(whole.path());
  const auto expected = texts_in(whole.path());
  bool crashed = true;
  for (unsigned long at = 1; crashed; at += step) {
    CAPTURE(at);
    TemporaryFolder folder;
    receive(folder.path(), lines_of(types));
    crashed = crashes_at(at, [&] { succeed(folder.path()); });
    make_old(folder.path(), version);
    succeed(folder.path());
    REQUIRE(texts_in(folder.path()) == expected);
    if (!crashed) CHECK(at > 100);
  }
}

}  // namespace

TEST_CASE("counters of a killed worker with large cells are counted once") { check_killed(2, {"c"}, 3); }

TEST_CASE("metrics of every kind of a killed worker with large cells are counted once") {
  check_killed(3, {"c", "g", "ms", "s"}, 7);
}

TEST_CASE("a segment with large cells holds what it held") {
  TemporaryFolder folder;
  receive(folder.path(), lines_of({"c", "ms", "g", "s"}));
  succeed(folder.path());
  const auto expected = texts_in(folder.path());
  make_old(folder.path(), 3);
  CHECK(texts_in(folder.path()) == expected);
  const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
  CHECK(segment.header().version == 3);
  CHECK(segment.used() == 2 * segment.header().cells);
  CHECK(segment.size().bytes() + kPageBytes == fs::file_size(segment.path()));
}

TEST_CASE("a segment with large cells that is noise shows nothing outside of its file") {
  TemporaryFolder folder;
  receive(folder.path(), "a:1|c\nb:1|c\nc:1|c");
  succeed(folder.path());
  make_old(folder.path(), 3);
  {
    const Segment segment = Segment::open(list_segments(folder.path()).front().path).value();
    segment.header().cells_used.store(~uint64_t{0});
    CHECK(segment.used() == 6);
    CHECK(texts_in(folder.path()).size() == 3);
    segment.cell(2).key_bytes = 200;
    CHECK(texts_in(folder.path()).size() == 1);
    segment.header().cells = uint64_t{1} << 63;
  }
  CHECK_FALSE(Segment::open(list_segments(folder.path()).front().path));
}
