#include "ingestd/process/instance.h"

#include <doctest/doctest.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <string>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("ingestd/process");

namespace fs = std::filesystem;

namespace {

struct Quiet {
  Quiet() { spdlog::set_level(spdlog::level::off); }
  ~Quiet() { spdlog::set_level(spdlog::level::info); }
};

}  // namespace

TEST_CASE("an instance keeps its number, also when its folder is moved") {
  const TemporaryFolder folder;
  const fs::path before = folder.path() / "before", after = folder.path() / "after";
  fs::create_directory(before);
  const uint64_t instance = load_instance(before);
  CHECK(instance > 0);
  CHECK(load_instance(before) == instance);
  fs::rename(before, after);
  CHECK(load_instance(after) == instance);
}

TEST_CASE("a copy draws a number of its own, once") {
  const Quiet quiet;
  const TemporaryFolder folder;
  const fs::path original = folder.path() / "original", copy = folder.path() / "copy";
  fs::create_directory(original);
  const uint64_t instance = load_instance(original);
  fs::copy(original, copy, fs::copy_options::recursive);
  const uint64_t other = load_instance(copy);
  CHECK(other != instance);
  CHECK(load_instance(copy) == other);
  CHECK(load_instance(original) == instance);
}

TEST_CASE("a number from before places were noted is kept, and bound to its place") {
  const Quiet quiet;
  const TemporaryFolder folder;
  const fs::path original = folder.path() / "original", copy = folder.path() / "copy";
  fs::create_directory(original);
  std::ofstream(original / "instance") << "7\n";
  CHECK(load_instance(original) == 7);
  fs::copy(original, copy, fs::copy_options::recursive);
  CHECK(load_instance(copy) != 7);
}

TEST_CASE("another number is drawn when somebody else has this one") {
  const TemporaryFolder folder;
  const uint64_t instance = load_instance(folder.path()), other = renew_instance(folder.path());
  CHECK(other != instance);
  CHECK(load_instance(folder.path()) == other);
}

TEST_CASE("what is no number stops the start") {
  const TemporaryFolder folder;
  for (const char* text : {"", "0", "x", "7x", "281474976710656"}) {
    std::ofstream(folder.path() / "instance") << text << "\n";
    CHECK_THROWS_AS(load_instance(folder.path()), std::runtime_error);
  }
}
