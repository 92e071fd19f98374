#include "ingestd/count/spare_room.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/count");

TEST_CASE("spare room takes its memory, and gives it back") {
  const TemporaryFolder folder;
  const auto path = SpareRoom::path(folder.path(), 3);
  CHECK(path.filename() == "spare-3");
  const auto taken = [&] {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 ? static_cast<size_t>(status.st_blocks) * 512 : 0;
  };
  {
    SpareRoom room(folder.path(), 3);
    CHECK(room.kept());
    CHECK(taken() >= SpareRoom::kBytes);
    room.give_up();
    CHECK_FALSE(room.kept());
    CHECK(taken() == 0);
    room.keep();
    CHECK(taken() >= SpareRoom::kBytes);
  }
  CHECK(taken() >= SpareRoom::kBytes);  // for the worker's successor
  std::filesystem::resize_file(path, 1);
  SpareRoom successor(folder.path(), 3);
  CHECK(taken() >= SpareRoom::kBytes);
}

TEST_CASE("where there is no room for it there is none") {
  const TemporaryFolder folder;
  SpareRoom room(folder.path() / "nowhere", 3);
  CHECK_FALSE(room.kept());
  CHECK_FALSE(std::filesystem::exists(SpareRoom::path(folder.path(), 3)));
}
