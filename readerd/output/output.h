// The answer to `GET /read`, in the format that was asked for.
//
//   JSON, one metric, byte for byte in the original's shape:
//     {"name":"visits","values":[{"from":1603303544893,"to":1603311711070,"value":78}]}   counter
//     {"name":"visits","values":[{"from":1603304940000,"value":2},...]}                   points, rate
//     {"name":"visits","values":[]}                                                       no entries
//   JSON, several: {"metrics":[{"name":...,"values":[...]},...]}
//   CSV (RFC 4180), a header and a line for each value: name,from,to,value or name,from,value
//   NDJSON, a line for each value: {"name":"visits","from":1603304940000,"value":2}
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/metric/amount.h"
#include "readerd/query/query.h"

namespace kilometric {

struct Value {
  uint64_t from;                ///< ms since the epoch
  uint64_t to;                  ///< ms since the epoch; written for counters only
  std::optional<Amount> value;  ///< nullopt: null
};

/// `name` is valid UTF-8.
class Output {
 public:
  virtual ~Output() = default;
  /// `several`: the answer is about a list of metrics, rather than one.
  static std::unique_ptr<Output> make(const Query& query, bool several);

  virtual std::string_view content_type() const = 0;
  virtual void begin() {}
  virtual void begin_metric(std::string_view name) = 0;
  virtual void add(const Value& value) = 0;
  virtual void end_metric() {}
  virtual void end() {}

  /// What was written since it was last taken.
  std::string& text() { return text_; }

 protected:
  std::string text_;
};

/// The text as a JSON string, with its quotes.
std::string json_string(std::string_view text);

}  // namespace kilometric
