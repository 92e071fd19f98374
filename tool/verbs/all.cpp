#include "tool/verbs/all.h"

namespace kilometric::tool {

std::vector<Verb> all_verbs() {
  return {read_verb(),    keys_verb(),   tail_verb(),   top_verb(),   send_verb(),  check_verb(),
          capture_verb(), replay_verb(), delete_verb(), aside_verb(), doctor_verb()};
}

}  // namespace kilometric::tool
