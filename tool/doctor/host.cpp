#include <fmt/format.h>
#include <sys/statvfs.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "tool/doctor/finding.h"
#include "tool/local/setting.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

using Level = Finding::Level;

namespace fs = std::filesystem;

void look_at_buffers(Findings& findings) {
  constexpr uint64_t kWanted = uint64_t{8} << 20;
  uint64_t most = 0;
  std::ifstream("/proc/sys/net/core/rmem_max") >> most;
  if (most > 0 && most < kWanted)
    findings.push_back({Level::odd, fmt::format("net.core.rmem_max is {}: sockets hold few datagrams", most),
                        "sysctl -w net.core.rmem_max=8388608, and the same in /etc/sysctl.d"});
}

void look_at_room(const char* flag, const char* what, Findings& findings) {
  constexpr double kLeastPart = 0.05;
  const std::string folder = setting_text(flag);
  struct statvfs disk {};
  if (statvfs(folder.c_str(), &disk) != 0 || disk.f_blocks == 0)
    return;  // there is no ingestd here, or it is not ours
  const double free = static_cast<double>(disk.f_bavail) / static_cast<double>(disk.f_blocks);
  if (free < kLeastPart)
    findings.push_back(
        {Level::bad,
         fmt::format("the {} {} has {:.1f} % of its disk free", what, printable(folder), free * 100),
         "make room, before counts have to wait in memory"});
}

/// Files that could not be read, kept for somebody to look at.
void look_for_bad_files(Findings& findings) {
  std::error_code error;
  size_t count = 0;
  for (fs::recursive_directory_iterator at(setting_text("state-dir"), error), end; !error && at != end;
       at.increment(error))
    if (at->path().filename().string().starts_with("bad-")) ++count;
  if (count > 0)
    findings.push_back({Level::odd, fmt::format("{} files bad-* lie in the state folder", count),
                        "look at them, and remove them; ingestd could not read them"});
}

void look_at_unit(const std::string& unit, Findings& findings) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(
      popen(("systemctl is-failed " + unit + " 2>/dev/null").c_str(), "re"), pclose);
  char word[32] = "";
  if (!pipe || std::fgets(word, sizeof word, pipe.get()) == nullptr) return;
  if (std::strncmp(word, "failed", 6) == 0)
    findings.push_back({Level::bad, "the unit " + unit + " has failed",
                        "journalctl -u " + unit + " says why; systemctl restart " + unit});
}

}  // namespace

void look_at_host(Findings& findings) {
  look_at_buffers(findings);
  look_at_room("state-dir", "state folder", findings);
  look_at_room("runtime-dir", "runtime folder", findings);
  look_for_bad_files(findings);
  if (!fs::exists("/run/systemd/system")) return;
  for (const char* unit : {"kilometric-ingestd.service", "kilometric-readerd.service"})
    look_at_unit(unit, findings);
}

}  // namespace kilometric::tool
