// NDJSON: a JSON object in a line of its own for each value.
//
// Made by Output::make() and owned by who answers; see readerd/output/output.h for the order of calls. Names
// are valid UTF-8, as keys are.
#pragma once

#include <string>
#include <string_view>

#include "readerd/output/json.h"
#include "readerd/output/output.h"

namespace kilometric {

class NdjsonOutput : public Output {
 public:
  NdjsonOutput(bool both_ends, const Fields& fields) : both_ends_(both_ends), numbers_(fields) {}

  std::string_view content_type() const override { return "application/x-ndjson"; }
  void begin_metric(std::string_view name) override;
  void add(const Value& value) override;

 private:
  const bool both_ends_;
  const JsonNumbers numbers_;
  std::string name_;  ///< of the metric at hand, as a JSON string
};

}  // namespace kilometric
