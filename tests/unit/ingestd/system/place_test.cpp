#include "ingestd/system/place.h"

#include <doctest/doctest.h>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/system");

TEST_CASE("a folder is at its place, and another is not") {
  const TemporaryFolder one, other;
  CHECK(place_of(one.path()).find("folder ") != std::string::npos);
  CHECK(difference_of_places(place_of(one.path()), place_of(one.path())) == nullptr);
  CHECK(difference_of_places(place_of(one.path()), place_of(other.path())) == std::string("folder"));
}

TEST_CASE("what only one of two places knows tells nothing") {
  CHECK(difference_of_places("", "machine a\nfolder 1 2.0\ncard x\n") == nullptr);
  CHECK(difference_of_places("machine a\n", "folder 1 2.0\n") == nullptr);
  CHECK(difference_of_places("machine a\nfolder 1\n", "machine a\nfolder 1\ncard x\n") == nullptr);
}

TEST_CASE("the machine and the folder tell, and cards when none is the same") {
  CHECK(difference_of_places("machine a\nfolder 1\n", "machine b\nfolder 1\n") == std::string("machine"));
  CHECK(difference_of_places("machine a\nfolder 1 2.0\n", "machine a\nfolder 1 2.1\n") ==
        std::string("folder"));
  CHECK(difference_of_places("card x\ncard y\n", "card y\ncard z\n") == nullptr);
  CHECK(difference_of_places("card x\ncard y\n", "card z\n") == std::string("card"));
}
