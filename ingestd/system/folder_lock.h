// The lock on a folder, which lets only one process at a time use it: `<folder>/<name>`, an empty file that the
// kernel keeps locked for the process. Held as long as the object lives, and let go of by the kernel when the
// process dies.
//
// The supervisor holds one on each of its folders, the flusher another on the state folder.
#pragma once

#include <filesystem>
#include <stdexcept>

namespace kilometric {

/// Another ingestd uses the folder. One line that names the setting and says what to do.
class FolderInUse : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class FolderLock {
 public:
  /// Waits when `wait`; otherwise makes the folder if need be, and throws FolderInUse. So a flusher that is
  /// started again makes no other folder in place of one that was unmounted. Throws std::runtime_error naming
  /// `setting`, whose value the folder is, when it cannot be written.
  FolderLock(const std::filesystem::path& folder, const char* name, const char* setting, bool wait);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

}  // namespace kilometric
