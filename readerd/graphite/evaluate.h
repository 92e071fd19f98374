// What a target's series are: its calls are carried out over what a Source has.
//
// A route calls it twice for each target: with a Source that only notes what is asked for, and has nothing;
// and, when all that was noted has been fetched, with one that has it. Both times the same is asked for. What
// is wrong with a call is refused with words that say where; nothing is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "common/http/refusal.h"
#include "readerd/graphite/expression.h"
#include "readerd/graphite/time_series.h"

namespace kilometric::graphite {

class Source {
 public:
  virtual ~Source() = default;
  /// What the path matches, in the order of the answer, each with `path` as its path and at least the tag
  /// "name". The points lie in (from, until], at multiples of the request's step. The path has its backslashes
  /// still; or it is a whole call of seriesByTag().
  virtual SeriesList series(std::string_view path, int64_t from, int64_t until) = 0;
};

/// What a request may still have made: all its targets take from the same.
struct Budget {
  uint64_t points = 5'000'000;  ///< fetched or made
  uint64_t calls = 10'000;      ///< of functions, and paths
  uint64_t regex_steps = 5'000'000;
};

struct Context {
  int64_t from = 0;   ///< seconds since the epoch, as until and now
  int64_t until = 0;  ///< at least from
  int64_t step = 10;  ///< of every series that is fetched
  int64_t now = 0;
  Budget* budget = nullptr;  ///< required
};

std::variant<SeriesList, Refusal> evaluate(const Expression& target, const Context& context, Source& source);

}  // namespace kilometric::graphite
