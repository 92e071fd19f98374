// JSON (RFC 8259): one document, in the original's shape; and the fields of a value, as NDJSON has them, too.
//
// Made by Output::make() and owned by who answers; see readerd/output/output.h for the order of calls. Names
// are valid UTF-8, as keys are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "readerd/output/output.h"

namespace kilometric {

/// The fields of an object that hold a value's numbers, each behind another field.
class JsonNumbers {
 public:
  explicit JsonNumbers(const Output::Fields& fields);

  /// Requires as many numbers as there are fields.
  void append(std::string& text, std::span<const std::optional<Number>> numbers) const;

 private:
  std::vector<std::string> starts_;  ///< `,"value":`
};

class JsonOutput : public Output {
 public:
  JsonOutput(bool both_ends, bool several, const Fields& fields)
      : both_ends_(both_ends), several_(several), numbers_(fields) {}

  std::string_view content_type() const override { return "application/json"; }
  void begin() override;
  void begin_metric(std::string_view name) override;
  void add(const Value& value) override;
  void end_metric() override;
  void end() override;

 private:
  const bool both_ends_, several_;
  const JsonNumbers numbers_;
  uint64_t metrics_ = 0;  ///< begun
  uint64_t values_ = 0;   ///< of the last metric
};

}  // namespace kilometric
