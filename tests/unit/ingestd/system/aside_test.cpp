#include "ingestd/system/aside.h"

#include <doctest/doctest.h>

#include <fstream>
#include <string>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/system");

TEST_CASE("what is put aside takes no other's place") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "segment-0-1";
  for (const char* content : {"first", "second", "third"}) {
    std::ofstream(path) << content;
    put_aside(path, "it is noise");
  }
  const auto content = [&](const char* name) {
    std::string text;
    std::ifstream(folder.path() / name) >> text;
    return text;
  };
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(content("bad-segment-0-1") == "first");
  CHECK(content("bad-segment-0-1.2") == "second");
  CHECK(content("bad-segment-0-1.3") == "third");
}
