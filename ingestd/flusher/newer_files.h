// Files that a newer Kilometric has written: this one cannot know what is in them, and must not go on beside
// them, or their counts would be lost, or counted again when the newer one is back. So they stop the start,
// untouched.
#pragma once

#include "common/settings/settings.h"

namespace kilometric {

/// Throws SettingError when there is a segment, a worker's file or a batch of a version above ours. To be
/// called by the supervisor before anything is started.
void refuse_newer_files(const Settings& settings);

}  // namespace kilometric
