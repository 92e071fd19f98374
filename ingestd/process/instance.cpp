#include "ingestd/process/instance.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <system_error>

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kGreatest = (uint64_t{1} << 48) - 1;

/// Written whole or not at all, and synced: an identity must not change with a power cut.
void write_file(const fs::path& path, const std::string& text) {
  const fs::path unborn = path.string() + ".new";
  const int fd = ::open(unborn.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == ssize_t(text.size()) && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!written) throw std::system_error(error, std::generic_category(), unborn.string());
  fs::rename(unborn, path);
}

/// What is found again after a crash of this program, and only that.
bool belongs_to_a_boot(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("segment-") || name.starts_with("worker-") || name.starts_with("new-");
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder, const char* name, const char* setting, bool wait) {
  std::error_code error;
  fs::create_directories(folder, error);
  const fs::path path = folder / name;
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0)
    throw std::runtime_error(std::string(setting) + "=" + folder.string() + ": cannot be written (" +
                             std::strerror(errno) +
                             "); make the folder writable for this user, or choose another");
  while (flock(fd_, LOCK_EX | (wait ? 0 : LOCK_NB)) != 0) {
    if (errno == EINTR) continue;
    ::close(fd_);
    throw FolderInUse(std::string(setting) + "=" + folder.string() +
                      ": another kilometric-ingestd is running on this folder; stop it, or choose "
                      "another folder");
  }
}

FolderLock::~FolderLock() { ::close(fd_); }

uint64_t load_instance(const fs::path& state_folder) {
  const fs::path path = state_folder / "instance";
  uint64_t instance = 0;
  if (std::ifstream file(path); file) {
    std::string text;
    file >> text;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), instance);
    if (error != std::errc() || *stop != '\0' || instance == 0 || instance > kGreatest)
      throw std::runtime_error(path.string() +
                               ": holds no instance number (1 to 281474976710655); "
                               "remove the file to draw a new one");
    return instance;
  }
  while (instance == 0) instance = random_identity()[0] & kGreatest;
  write_file(path, std::to_string(instance) + "\n");
  return instance;
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
    spdlog::warn("{}: {} files of an earlier boot removed; the counts since the last flush before it are lost",
                 runtime_folder.string(), removed);
  write_file(path, text);
}

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

}  // namespace kilometric
