// The boot of this machine: times since boot compare only within one, and what lies in the runtime folder is
// good only within one.
//
// The supervisor forgets other boots when it starts, before its children do.
#pragma once

#include <filesystem>

#include "ingestd/system/identity.h"

namespace kilometric {

/// Names the boot of this machine. All zeros when the kernel does not tell.
Identity boot_identity();

/// Removes what an earlier boot of this machine left in the runtime folder. Where that is a tmpfs there
/// is nothing; on a disk a power cut leaves files of any age, older than what was already harvested
/// from them, and they would count backwards.
void forget_other_boots(const std::filesystem::path& runtime_folder);

}  // namespace kilometric
