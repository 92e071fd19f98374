#include "ingestd/system/atomic_file.h"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/system");

namespace {

std::string content(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE(
    "a file is written whole, over one that is there and over one that a killed process left half written") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "instance";
  write_whole(path, "1\n");
  CHECK(content(path) == "1\n");
  std::ofstream(folder.path() / "instance.new") << "left by a process that was killed";
  write_whole(path, "22\n");
  CHECK(content(path) == "22\n");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "instance.new"));
}

TEST_CASE("when it cannot be written, what had the name keeps it") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "instance";
  write_whole(path, "1\n");
  std::filesystem::create_directory(folder.path() / "instance.new");
  CHECK_THROWS_AS(write_whole(path, "22\n"), std::system_error);
  CHECK(content(path) == "1\n");
}

TEST_CASE("a mapped file has no name until it is filled") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "worker-0";
  const MappedFile file = map_whole(path, 4, [&](MappedFile& made) {
    CHECK_FALSE(std::filesystem::exists(path));
    std::string_view("abcd").copy(reinterpret_cast<char*>(made.data()), 4);
  });
  CHECK(content(path) == "abcd");
  file.data()[0] = std::byte{'z'};
  CHECK(content(path) == "zbcd");
  CHECK_THROWS(map_whole(folder.path() / "worker-1", 4, [](MappedFile&) { throw std::runtime_error("no"); }));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "worker-1"));
}
