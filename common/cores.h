// How many cores this process may keep busy: those of the machine, those that its affinity leaves it, and no
// more than its control groups' CPU quota grants, as a container or `CPUQuota=` has one.
//
// The settings ask, for KILOMETRIC_WORKERS=cores. What cannot be read or understood is no quota.
#pragma once

#include <filesystem>

namespace kilometric {

/// At least 1; a quota of one and a half cores counts as two.
unsigned usable_cores();

/// The least quota of this process' control group and of those around it, rounded up; 0 when there is none.
/// Version 2 (cpu.max) and version 1 (cpu.cfs_quota_us). `root` is "/", except in tests.
unsigned quota_cores(const std::filesystem::path& root);

}  // namespace kilometric
