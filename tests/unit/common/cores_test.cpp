#include "common/cores.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "tests/unit/temporary_folder.h"

using namespace kilometric;

TEST_SUITE_BEGIN("common");

namespace {

constexpr const char* kMounts2 =
    "22 1 0:20 / /proc rw - proc proc rw\n"
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";

constexpr const char* kMounts1 =
    "31 23 0:28 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro\n"
    "32 31 0:29 /docker/1f2e /sys/fs/cgroup/cpu,cpuacct ro,nosuid master:11 - cgroup cgroup rw,cpu,cpuacct\n"
    "33 31 0:30 /docker/1f2e /sys/fs/cgroup/cpuset ro,nosuid master:12 - cgroup cgroup rw,cpuset\n";

using Files = std::map<std::string, std::string>;

unsigned cores(const Files& files) {
  const TemporaryFolder folder;
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((folder.path() / name).parent_path());
    std::ofstream(folder.path() / name) << text;
  }
  return quota_cores(folder.path());
}

/// A container of version 2 with this in its cpu.max.
unsigned cores_by(const std::string& text) {
  return cores(
      {{"proc/self/mountinfo", kMounts2}, {"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", text}});
}

}  // namespace

TEST_CASE("a quota is rounded up to whole cores") {
  CHECK(cores_by("200000 100000\n") == 2);
  CHECK(cores_by("150000 100000\n") == 2);
  CHECK(cores_by("100001 100000\n") == 2);
  CHECK(cores_by("100000 100000\n") == 1);
  CHECK(cores_by("1000 100000\n") == 1);
  CHECK(cores_by("10000 5000\n") == 2);
}

TEST_CASE("no quota, and what is none") {
  for (const char* text : {"max 100000\n", "", "\n", "200000\n", "200000 0\n", "0 100000\n", "-1 100000\n",
                           "x y\n", "99999999999999999999999 100000\n"})
    CHECK_MESSAGE(cores_by(text) == 0, text);
  CHECK(cores({}) == 0);
  CHECK(cores({{"proc/self/mountinfo", "\n- cgroup2\n1 2"}, {"proc/self/cgroup", "\n0\n0:\n::\n"}}) == 0);
}

TEST_CASE("version 2: the least quota of the group and those around it") {
  Files files = {{"proc/self/mountinfo", kMounts2},
                 {"proc/self/cgroup", "0::/system.slice/kilometric-ingestd.service\n"},
                 {"sys/fs/cgroup/system.slice/cpu.max", "max 100000\n"},
                 {"sys/fs/cgroup/system.slice/kilometric-ingestd.service/cpu.max", "350000 100000\n"}};
  CHECK(cores(files) == 4);
  files["sys/fs/cgroup/system.slice/cpu.max"] = "200000 100000\n";
  CHECK(cores(files) == 2);
  files["sys/fs/cgroup/other.slice/cpu.max"] = "100000 100000\n";
  CHECK(cores(files) == 2);
}

TEST_CASE("version 1: the mounted group is the container's own") {
  Files files = {{"proc/self/mountinfo", kMounts1},
                 {"proc/self/cgroup", "5:cpuset:/docker/1f2e\n4:cpu,cpuacct:/docker/1f2e\n0::/\n"},
                 {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "250000\n"},
                 {"sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"}};
  CHECK(cores(files) == 3);
  files["sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"] = "-1\n";
  CHECK(cores(files) == 0);
  files["proc/self/cgroup"] = "4:cpu,cpuacct:/docker/1f2e/below\n";
  files["sys/fs/cgroup/cpu,cpuacct/below/cpu.cfs_quota_us"] = "50000\n";
  files["sys/fs/cgroup/cpu,cpuacct/below/cpu.cfs_period_us"] = "100000\n";
  CHECK(cores(files) == 1);
}

TEST_CASE("a mount point with a blank, and a group that this namespace does not see") {
  CHECK(cores({{"proc/self/mountinfo", "30 23 0:26 /a\\134b /my\\040groups rw - cgroup2 cgroup2 rw\n"},
               {"proc/self/cgroup", "0::/elsewhere\n"},
               {"my groups/cpu.max", "500000 100000\n"}}) == 5);
  CHECK(cores({{"proc/self/mountinfo", "30 23 0:26 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"},
               {"proc/self/cgroup", "0::/../../../..\n"},
               {"sys/fs/cgroup/cpu.max", "500000 100000\n"}}) == 5);
}

TEST_CASE("never more cores than the machine has, and never none") {
  CHECK(usable_cores() >= 1);
  CHECK(usable_cores() <= std::max(std::thread::hardware_concurrency(), 1u));
}
