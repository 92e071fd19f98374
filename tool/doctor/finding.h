// What the doctor finds: one thing that was looked at, how it is, and what to do where it is not well.
//
// Each function below looks at one part and appends its findings; it throws nothing that is a finding, too.
#pragma once

#include <string>
#include <vector>

#include "tool/reader/reader.h"

namespace kilometric::tool {

struct Finding {
  enum class Level { good, odd, bad };  ///< odd: to be known, but nothing is lost by it

  Level level;
  std::string what;    ///< as it is
  std::string remedy;  ///< empty when it is good
};

using Findings = std::vector<Finding>;

void look_at_settings(Findings& findings);
void look_at_redis(Findings& findings);
void look_at_readerd(const Reader& reader, Findings& findings);
void look_at_ingestd(const Common& common, Findings& findings);
void look_at_host(Findings& findings);
void look_at_index(const Reader& reader, Findings& findings);

}  // namespace kilometric::tool
