#include "ingestd/count/old_worker_file.h"

#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <string>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

namespace {

constexpr size_t kStatsAt = 1024, kBuffersAt = 4096;

void put(std::string& file, size_t at, uint64_t number, size_t bytes = 8) {
  std::memcpy(file.data() + at, &number, bytes);
}

/// As version 2 or 3 has it: a datagram in hand, a group that is open. The version is the number of ways in.
std::string old_file(uint64_t version) {
  const size_t datagrams_at = kStatsAt + version * 8 * 8,
               starts_at = datagrams_at + (version - 1) * 8 + 5 * 15 * 8,
               messages_at = version == 2 ? 1792 : 1920;
  std::string file(kBuffersAt + kReceiveDatagrams * kReceiveStride, '\0');
  std::memcpy(file.data(), "KMWORKER", 8);
  put(file, 8, version, 4);
  put(file, 12, messages_at + 2048, 4);
  put(file, 64, 1, 4);       // open
  put(file, 64 + 4, 1, 4);   // by HTTP
  put(file, 960 + 4, 6, 4);  // cursor: behind the first line
  put(file, kStatsAt, 11);
  put(file, kStatsAt + 8 * 8, 12);
  put(file, datagrams_at, 13);
  put(file, starts_at, 14);
  put(file, messages_at + offsetof(mmsghdr, msg_len), 11, 4);
  std::memcpy(file.data() + kBuffersAt, "a:1|c\nb:1|c", 11);
  if (version == 2) return file;
  put(file, 1008, 2, 1);  // by the unix datagram socket
  put(file, kStatsAt + 2 * 8 * 8, 15);
  put(file, datagrams_at + 8, 16);
  return file;
}

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace

TEST_CASE("a worker's file of version 2 or 3 is taken over whole") {
  for (const uint64_t version : {2, 3}) {
    const TemporaryFolder folder;
    write(WorkerFile::path(folder.path(), 0), old_file(version));
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
      CHECK(file.stats().lines[2][0] == (version == 3 ? 15 : 0));
      CHECK(file.stats().unix_datagrams == (version == 3 ? 16 : 0));
      CHECK(file.stats().datagrams == 13);
      CHECK(file.stats().starts == 14);
      CHECK(file.batch_via() == (version == 3 ? Via::unix_datagram : Via::udp));
      CHECK(std::string_view(file.buffer(0), file.length(0)) == "a:1|c\nb:1|c");
      CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    }
  }
}

TEST_CASE("a file of version 2 that is cut is put aside") {
  const TemporaryFolder folder;
  write(WorkerFile::path(folder.path(), 0), old_file(2).substr(0, 9000));
  CHECK(WorkerFile::take(folder.path(), 0).stats().datagrams == 0);
  CHECK(std::filesystem::exists(folder.path() / "bad-worker-0"));
}
