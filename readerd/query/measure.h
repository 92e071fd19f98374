// What of a metric is asked for: which kind of that name, and which statistics.
//
//   kind=timer               left out: the kind that there is, see readerd/keys/key_lookup.h
//   stat=p50,p99             or stat=p50&stat=p99; left out: the kind's usual one
//   stat=bins8               of timers, alone: how many samples lie in which bin, of 8 an octave
//
// Read by the queries of /read, /keys and /live. What is wrong is returned as words, beginning with the
// parameter's name.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "common/http/query_string.h"
#include "common/metric/kind.h"
#include "common/metric/stat.h"

namespace kilometric {

struct Measure {
  static constexpr size_t kMostStats = 20;

  std::optional<Kind> kind;        ///< nullopt: the kind that there is
  std::vector<std::string> names;  ///< of the statistics, each once; none: the kind's usual one

  /// How many bins an octave are asked for; 0: none are. `bins` is the bins as they are kept, bins16, bins8,
  /// bins4, bins2 and bins1 are coarser ones.
  int bins() const;

  /// What the numbers of a value are called: one is "value", several have the names of their statistics.
  std::vector<std::string> fields() const;

  /// The statistics of `of`, or what is wrong with them.
  std::variant<std::vector<Stat>, std::string> stats(Kind of) const;
};

/// nullopt when nothing is wrong, here and below.
std::optional<std::string> read_kind(const QueryString& parameters, std::optional<Kind>& kind);

/// Statistics are held against the kind, if it is given.
std::optional<std::string> read_measure(const QueryString& parameters, Measure& measure);

}  // namespace kilometric
