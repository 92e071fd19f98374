// What ingestd would make of a line: by its own parser and rules of tags. Only what the worker's state says is
// not known here: whether there is room for a new key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ingestd/parse/statsd.h"
#include "ingestd/parse/tagged_key.h"

namespace kilometric::tool {

struct CheckedSample {
  std::string kind;   ///< "event" of events and service checks
  std::string key;    ///< as it is stored; of an event the line
  std::string value;  ///< what is done with it: "+3", "= 42", "320", "one member"
};

struct CheckedLine {
  Outcome outcome = Outcome::accepted;
  std::vector<CheckedSample> samples;  ///< when it is accepted
};

class LineCheck {
 public:
  static constexpr size_t kMostLineBytes = 65'536;  ///< of a datagram

  /// With the settings of this shell: KILOMETRIC_TAGS, _TAGS_IN_NAME, _GAUGE_SIGN.
  LineCheck();

  CheckedLine check(std::string_view line);

 private:
  std::string_view stored_key(std::string_view name, std::string_view section, Outcome& outcome);
  CheckedSample sample_of(const Line& line, std::string_view key) const;

  TagRules rules_;
  bool gauge_signs_add_ = true;
  TaggedKey made_;
};

}  // namespace kilometric::tool
