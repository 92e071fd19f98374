// JSON (RFC 8259): one document, in the original's shape.
//
// Made by Output::make() and owned by who answers; see readerd/output/output.h for the order of calls. Names
// are valid UTF-8, as keys are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "readerd/output/output.h"

namespace kilometric {

class JsonOutput : public Output {
 public:
  JsonOutput(bool both_ends, bool several) : both_ends_(both_ends), several_(several) {}

  std::string_view content_type() const override { return "application/json"; }
  void begin() override;
  void begin_metric(std::string_view name) override;
  void add(const Value& value) override;
  void end_metric() override;
  void end() override;

 private:
  const bool both_ends_, several_;
  uint64_t metrics_ = 0;  ///< begun
  uint64_t values_ = 0;   ///< of the last metric
};

}  // namespace kilometric
