// The step of an answer's points: one for all series of a request, so that no function has to bring them
// together.
//
// It is how often the installation flushes. A longer one is taken where a series would have too many points,
// and where the answer is to have few and that makes no difference but in time: where all functions that the
// targets use would give the same of sums as of what they are the sums of. Then percentiles come of merged
// bins, too.
//
// Called once for each request.
#pragma once

#include <cstdint>

#include "readerd/graphite/gather/pulse.h"
#include "readerd/graphite/render_query.h"

namespace kilometric::graphite {

struct AnswerStep {
  int64_t seconds;    ///< a multiple of the installation's interval
  bool fits = false;  ///< it was chosen for as many points as are asked for: there are these, or one more
};

AnswerStep step_of(const RenderQuery& query, const Pulse& pulse);

}  // namespace kilometric::graphite
