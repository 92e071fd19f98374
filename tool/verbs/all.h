// All verbs, in the order of --help.
#pragma once

#include <vector>

#include "tool/verb.h"

namespace kilometric::tool {

std::vector<Verb> all_verbs();

/// Each makes its verb, with room for its options.
Verb read_verb();
Verb keys_verb();

}  // namespace kilometric::tool
