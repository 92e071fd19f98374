// CSV (RFC 4180): a header, then a line for each value.
//
// Made by Output::make() and owned by who answers; see readerd/output/output.h for the order of calls. A name
// with a comma or a quote is quoted; one that a spreadsheet would take for a formula has an apostrophe before
// it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "readerd/output/output.h"

namespace kilometric {

class CsvOutput : public Output {
 public:
  CsvOutput(bool both_ends, Fields fields) : both_ends_(both_ends), fields_(std::move(fields)) {}

  std::string_view content_type() const override { return "text/csv; charset=utf-8; header=present"; }
  void begin() override;
  void begin_metric(std::string_view name) override;
  void add(const Value& value) override;

 private:
  const bool both_ends_;
  const Fields fields_;
  std::string name_;  ///< of the metric at hand, as a field
};

}  // namespace kilometric
