// All verbs, in the order of --help.
#pragma once

#include <vector>

#include "tool/verb.h"

namespace kilometric::tool {

std::vector<Verb> all_verbs();

/// Each makes its verb, with room for its options.
Verb read_verb();
Verb keys_verb();
Verb tail_verb();
Verb top_verb();
Verb send_verb();
Verb check_verb();
Verb capture_verb();
Verb replay_verb();
Verb delete_verb();
Verb aside_verb();
Verb doctor_verb();

}  // namespace kilometric::tool
