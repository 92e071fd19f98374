// What an operator is told once, at the first start of a version that counts otherwise than the one before it.
//
// `<state folder>/version` names the version that was started last. Where an instance lives and that file is
// missing, the version before was one that dropped tags. Called by the supervisor, before load_instance().
#pragma once

#include "common/settings/settings.h"

namespace kilometric {

/// Tells it, and notes this version. Where that cannot be noted it says so, and tells it again at the next
/// start.
void tell_of_upgrade(const Settings& settings);

}  // namespace kilometric
