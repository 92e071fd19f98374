#include "common/cores.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kilometric {
namespace {

namespace fs = std::filesystem;

/// A hierarchy of control groups that may hold a CPU quota.
struct Hierarchy {
  bool v2;
  std::string top;     ///< the group that is mounted: "/", "/docker/1f2e"
  std::string folder;  ///< where: "/sys/fs/cgroup"
};

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

bool has_word(std::string_view list, std::string_view word) {
  return fmt::format(",{},", list).find(fmt::format(",{},", word)) != std::string::npos;
}

/// "\040" and such, as mountinfo writes blanks.
std::string unescaped(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    const char* const digits = text.data() + i + 1;
    const bool escaped = text[i] == '\\' && text.size() - i > 3 &&
                         std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3 && code < 256;
    result += escaped ? static_cast<char>(code) : text[i];
    if (escaped) i += 3;
  }
  return result;
}

/// Of proc/self/mountinfo, such as
/// "35 24 0:30 /docker/1f2e /sys/fs/cgroup/cpu ro,nosuid - cgroup cgroup rw,cpu,cpuacct".
std::vector<Hierarchy> hierarchies(const fs::path& root) {
  std::vector<Hierarchy> found;
  for (const std::string& line : lines_of(root / "proc/self/mountinfo")) {
    std::istringstream words(line);
    std::string skipped, top, folder, type, options;
    words >> skipped >> skipped >> skipped >> top >> folder;
    while (words >> skipped && skipped != "-") {}
    words >> type >> skipped >> options;
    if (type == "cgroup2" || (type == "cgroup" && has_word(options, "cpu")))
      found.push_back({type == "cgroup2", unescaped(top), unescaped(folder)});
  }
  return found;
}

/// This process' group, "/a/b", by proc/self/cgroup: "0::/a/b", or "4:cpu,cpuacct:/a/b" in version 1.
std::string own_group(const fs::path& root, bool v2) {
  for (const std::string& line : lines_of(root / "proc/self/cgroup")) {
    const size_t first = line.find(':'), second = line.find(':', std::min(first, line.size() - 1) + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (v2 ? controllers.empty() : has_word(controllers, "cpu")) return line.substr(second + 1);
  }
  return "/";
}

/// The words of a file's first line; fewer than `count` are none.
std::vector<std::string> words_of(const fs::path& path, size_t count) {
  std::ifstream file(path);
  std::vector<std::string> words;
  for (std::string word; words.size() < count && file >> word;) words.push_back(word);
  return words.size() == count ? words : std::vector<std::string>{};
}

/// Rounded up; 0 for "max", -1, and what is no number.
unsigned cores_of(const std::string& quota_text, const std::string& period_text) {
  const auto number = [](const std::string& text) {
    uint64_t value = 0;
    const char* const end = text.data() + text.size();
    return std::from_chars(text.data(), end, value).ptr == end ? value : 0;
  };
  const uint64_t quota = number(quota_text), period = number(period_text);
  if (quota == 0 || period == 0) return 0;
  const uint64_t cores = quota / period + (quota % period != 0);
  return static_cast<unsigned>(std::min<uint64_t>(cores, std::numeric_limits<unsigned>::max()));
}

unsigned quota_of(const fs::path& group, bool v2) {
  if (v2) {
    const auto words = words_of(group / "cpu.max", 2);
    return words.empty() ? 0 : cores_of(words[0], words[1]);
  }
  const auto quota = words_of(group / "cpu.cfs_quota_us", 1), period = words_of(group / "cpu.cfs_period_us", 1);
  return quota.empty() || period.empty() ? 0 : cores_of(quota[0], period[0]);
}

/// Below the mounted group: "b" for "/a/b" when "/a" is mounted. A group that is not below it is another
/// namespace's name for the mounted one itself.
fs::path below(const Hierarchy& hierarchy, const std::string& group) {
  const fs::path path = fs::path(group).lexically_relative(hierarchy.top);
  return path.empty() || *path.begin() == ".." || *path.begin() == "." ? fs::path() : path;
}

}  // namespace

unsigned quota_cores(const fs::path& root) {
  unsigned least = 0;
  for (const Hierarchy& hierarchy : hierarchies(root)) {
    const fs::path top = root / fs::path(hierarchy.folder).relative_path();
    fs::path group = below(hierarchy, own_group(root, hierarchy.v2));
    for (bool more = true; more; group = group.parent_path()) {
      const unsigned cores = quota_of(top / group, hierarchy.v2);
      if (cores > 0 && (least == 0 || cores < least)) least = cores;
      more = !group.empty();
    }
  }
  return least;
}

unsigned usable_cores() {
  const unsigned cores = std::max(std::thread::hardware_concurrency(), 1u), quota = quota_cores("/");
  return quota == 0 ? cores : std::min(cores, quota);
}

}  // namespace kilometric
