#include "tool/verbs/all.h"

namespace kilometric::tool {

std::vector<Verb> all_verbs() { return {read_verb(), keys_verb()}; }

}  // namespace kilometric::tool
