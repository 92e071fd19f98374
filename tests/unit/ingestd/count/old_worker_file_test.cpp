#include "ingestd/count/old_worker_file.h"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <string>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

constexpr size_t kStatsAt = 1024, kDatagramsAt = kStatsAt + 2 * 8 * 8,
                 kStartsAt = kDatagramsAt + 8 + 5 * 15 * 8;
constexpr size_t kMessagesAt = 1792, kBuffersAt = 4096;

void put(std::string& file, size_t at, uint64_t number, size_t bytes = 8) {
  std::memcpy(file.data() + at, &number, bytes);
}

/// As version 2 has it: a datagram in hand, a group that is open.
std::string old_file() {
  std::string file(kBuffersAt + kReceiveDatagrams * kReceiveStride, '\0');
  std::memcpy(file.data(), "KMWORKER", 8);
  put(file, 8, 2, 4);
  put(file, 12, 3840, 4);
  put(file, 64, 1, 4);       // open
  put(file, 64 + 4, 1, 4);   // by HTTP
  put(file, 960 + 4, 6, 4);  // cursor: behind the first line
  put(file, kStatsAt, 11);
  put(file, kStatsAt + 8 * 8, 12);
  put(file, kDatagramsAt, 13);
  put(file, kStartsAt, 14);
  put(file, kMessagesAt + offsetof(mmsghdr, msg_len), 11, 4);
  std::memcpy(file.data() + kBuffersAt, "a:1|c\nb:1|c", 11);
  return file;
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace

TEST_CASE("a worker's file of version 2 is taken over whole") {
  const TemporaryFolder folder;
  write(WorkerFile::path(folder.path(), 0), old_file());
  CHECK_FALSE(WorkerFile::try_take(folder.path(), 0));
  for (int turn = 0; turn < 2; ++turn) {
    const WorkerFile file = WorkerFile::take(folder.path(), 0);
    CHECK(file.header().version == WorkerHeader::kVersion);
    CHECK(must_undo(file.header()) == false);  // the cursor has moved on
    CHECK(file.header().undo_log.is_open == 1);
    CHECK(file.header().undo_log.via == 1);
    CHECK(file.header().cursor.load() == Cursor{0, 0, 6});
    CHECK(file.stats().lines[0][0] == 11);
    CHECK(file.stats().lines[1][0] == 12);
    CHECK(file.stats().lines[2][0] == 0);
    CHECK(file.stats().datagrams == 13);
    CHECK(file.stats().starts == 14);
    CHECK(file.batch_via() == Via::udp);
    CHECK(std::string_view(file.buffer(0), file.length(0)) == "a:1|c\nb:1|c");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  }
}

TEST_CASE("a file of version 2 that is cut is put aside") {
  const TemporaryFolder folder;
  write(WorkerFile::path(folder.path(), 0), old_file().substr(0, 9000));
  CHECK(WorkerFile::take(folder.path(), 0).stats().datagrams == 0);
  CHECK(std::filesystem::exists(folder.path() / "bad-worker-0"));
}
