// An instance: one ingestd installation, with an identity that lasts across restarts, and the lock
// that lets only one ingestd at a time use its folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "ingestd/count/segment.h"

namespace kilometric {

/// Another ingestd uses the folder.
class FolderInUse : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Held as long as it lives; the kernel lets go of it when the process dies.
class FolderLock {
 public:
  /// Makes the folder if need be. Waits when `wait`, otherwise throws FolderInUse.
  FolderLock(const std::filesystem::path& folder, const char* name, const char* setting, bool wait);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

/// The instance's number, 1 to 2^48-1: the second half of its entry IDs. Drawn at the first start and
/// kept in `<state folder>/instance`. Throws std::runtime_error when that file holds something else.
uint64_t load_instance(const std::filesystem::path& state_folder);

/// Removes what an earlier boot of this machine left in the runtime folder. Where that is a tmpfs there
/// is nothing; on a disk a power cut leaves files of any age, older than what was already harvested
/// from them, and they would count backwards.
void forget_other_boots(const std::filesystem::path& runtime_folder);

/// Names the boot of this machine; times since boot compare only within one. All zeros when the
/// kernel does not tell.
Identity boot_identity();

}  // namespace kilometric
