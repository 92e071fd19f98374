#include "ingestd/spool/leftovers.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <vector>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/spool");

TEST_CASE("a leftover that cannot be removed is remembered and tried again, in whatever folder it is") {
  TemporaryFolder folder;
  SpoolFolder pending(folder.path(), "pending"), kept(folder.path(), "kept");
  pending.make();
  kept.make();
  Leftovers leftovers({&pending, &kept});
  CHECK(leftovers.gone(3));
  std::filesystem::create_directories(pending.path(2) / "full");  // not to be removed as a file is
  std::ofstream(kept.path(2)) << "a batch";
  leftovers.remove(3, 2);
  CHECK_FALSE(std::filesystem::exists(kept.path(2)));
  CHECK_FALSE(leftovers.gone(3));
  CHECK(leftovers.without({2, 3, 4}) == std::vector<uint64_t>{2, 4});
  std::filesystem::remove_all(pending.path(2) / "full");
  CHECK(leftovers.gone(3));
  CHECK_FALSE(std::filesystem::exists(pending.path(2)));
  CHECK(leftovers.without({2, 3, 4}) == std::vector<uint64_t>{2, 3, 4});
}
