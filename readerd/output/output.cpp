#include "readerd/output/output.h"

#include <utility>

#include "readerd/output/csv.h"
#include "readerd/output/json.h"
#include "readerd/output/ndjson.h"

namespace kilometric {

std::unique_ptr<Output> Output::make(Format format, bool both_ends, bool several, Fields fields) {
  switch (format) {
    case Format::csv:
      return std::make_unique<CsvOutput>(both_ends, std::move(fields));
    case Format::ndjson:
      return std::make_unique<NdjsonOutput>(both_ends, fields);
    default:
      return std::make_unique<JsonOutput>(both_ends, several, fields);
  }
}

}  // namespace kilometric
