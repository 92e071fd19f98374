#include "readerd/output/output.h"

#include "readerd/output/csv.h"
#include "readerd/output/json.h"
#include "readerd/output/ndjson.h"

namespace kilometric {

std::unique_ptr<Output> Output::make(Format format, bool both_ends, bool several) {
  switch (format) {
    case Format::csv:
      return std::make_unique<CsvOutput>(both_ends);
    case Format::ndjson:
      return std::make_unique<NdjsonOutput>(both_ends);
    default:
      return std::make_unique<JsonOutput>(both_ends, several);
  }
}

}  // namespace kilometric
