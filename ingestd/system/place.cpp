#include "ingestd/system/place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>
#include <system_error>

namespace kilometric {
namespace {

namespace fs = std::filesystem;

std::string first_word_of(const fs::path& path) {
  std::string word;
  std::ifstream(path) >> word;
  return word;
}

/// Some file systems do not know when a folder was made.
std::string folder_identity(const fs::path& folder) {
  struct statx status {};
  if (statx(AT_FDCWD, folder.c_str(), 0, STATX_INO | STATX_BTIME, &status) != 0) return {};
  std::string identity = fmt::format("{}", status.stx_ino);
  if ((status.stx_mask & STATX_BTIME) != 0)
    identity += fmt::format(" {}.{:09}", status.stx_btime.tv_sec, status.stx_btime.tv_nsec);
  return identity;
}

std::set<std::string> cards() {
  std::set<std::string> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator("/sys/class/net", error))
    if (fs::exists(entry.path() / "device", error)) found.insert(first_word_of(entry.path() / "address"));
  return found;
}

/// The values of the lines that begin with `name`.
std::set<std::string> values_of(std::string_view place, std::string_view name) {
  std::set<std::string> values;
  std::istringstream lines{std::string(place)};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name) && line.substr(name.size(), 1) == " ")
      values.insert(line.substr(name.size() + 1));
  return values;
}

bool share_one(const std::set<std::string>& some, const std::set<std::string>& others) {
  for (const std::string& value : some)
    if (others.contains(value)) return true;
  return false;
}

}  // namespace

std::string place_of(const fs::path& folder) {
  std::string place;
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) place += fmt::format("{} {}\n", name, value);
  };
  add("machine", first_word_of("/etc/machine-id"));
  add("folder", folder_identity(folder));
  for (const std::string& card : cards()) add("card", card);
  return place;
}

const char* difference_of_places(std::string_view one, std::string_view other) {
  for (const char* name : {"machine", "folder", "card"}) {
    const auto values = values_of(one, name), others = values_of(other, name);
    if (!values.empty() && !others.empty() && !share_one(values, others)) return name;
  }
  return nullptr;
}

}  // namespace kilometric
