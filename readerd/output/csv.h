// CSV (RFC 4180): a header, then a line for each value.
//
// Made by Output::make() and owned by who answers; see readerd/output/output.h for the order of calls. A name
// with a comma or a quote is quoted; one that a spreadsheet would take for a formula has an apostrophe before
// it.
#pragma once

#include <string>
#include <string_view>

#include "readerd/output/output.h"

namespace kilometric {

class CsvOutput : public Output {
 public:
  explicit CsvOutput(bool both_ends) : both_ends_(both_ends) {}

  std::string_view content_type() const override { return "text/csv; charset=utf-8; header=present"; }
  void begin() override;
  void begin_metric(std::string_view name) override;
  void add(const Value& value) override;

 private:
  const bool both_ends_;
  std::string name_;  ///< of the metric at hand, as a field
};

}  // namespace kilometric
