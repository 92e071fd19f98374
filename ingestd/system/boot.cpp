#include "ingestd/system/boot.h"

#include <fmt/format.h>

#include <fstream>
#include <string>
#include <string_view>

#include "common/log.h"
#include "ingestd/system/atomic_file.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

/// What is found again after a crash of this program, and only that.
bool belongs_to_a_boot(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("segment-") || name.starts_with("worker-") || name.starts_with("new-") ||
         name.starts_with("known-") || name.starts_with("rejected-");
}

}  // namespace

Identity boot_identity() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  Identity boot{};
  for (char c; file.get(c);) {
    const size_t digit = std::string_view("0123456789abcdef").find(c);
    if (digit == std::string_view::npos) continue;
    boot[0] = boot[0] << 4 | boot[1] >> 60;
    boot[1] = boot[1] << 4 | digit;
  }
  return boot;
}

void forget_other_boots(const fs::path& runtime_folder) {
  const Identity boot = boot_identity();
  if (boot == Identity{}) return;
  const fs::path path = runtime_folder / "boot";
  const std::string text = fmt::format("{:016x}{:016x}\n", boot[0], boot[1]);
  std::string line;
  if (std::ifstream file(path); std::getline(file, line) && line + "\n" == text) return;
  size_t removed = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(runtime_folder))
    if (belongs_to_a_boot(entry.path())) removed += fs::remove(entry.path());
  if (removed > 0)
    log_warning("{}: {} files of an earlier boot removed; the counts since the last flush before it are lost",
                runtime_folder.string(), removed);
  write_whole(path, text);
}

}  // namespace kilometric
