#include "readerd/output/ndjson.h"

#include <fmt/format.h>

#include <iterator>

#include "common/json.h"

namespace kilometric {

void NdjsonOutput::begin_metric(std::string_view name) { name_ = json_string(name); }

void NdjsonOutput::add(const Value& value) {
  auto out = std::back_inserter(text_);
  fmt::format_to(out, R"({{"name":{},"from":{})", name_, value.from);
  if (both_ends_) fmt::format_to(out, R"(,"to":{})", value.to);
  numbers_.append(text_, value.numbers);
  text_ += "}\n";
}

}  // namespace kilometric
