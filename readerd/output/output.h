// The values of metrics, written out in a format. It knows neither where they come from nor who asked.
//
//   JSON, one metric, byte for byte in the original's shape:
//     {"name":"visits","values":[{"from":1603303544893,"to":1603311711070,"value":78}]}   with both ends
//     {"name":"visits","values":[{"from":1603304940000,"value":2},...]}
//     {"name":"visits","values":[]}                                                       no entries
//   JSON, several: {"metrics":[{"name":...,"values":[...]},...]}
//   CSV (RFC 4180), a header and a line for each value: name,from,to,value or name,from,value
//   NDJSON, a line for each value: {"name":"visits","from":1603304940000,"value":2}
//   A value of several numbers has a field for each, in the place of "value":
//     {"from":1603304940000,"p50":12,"p99":31}     name,from,p50,p99
//
// Its owner calls begin(), for each metric begin_metric(), add() for its values and end_metric(), then end(),
// and takes the text out whenever it likes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/number.h"

namespace kilometric {

struct Value {
  uint64_t from;                                   ///< ms since the epoch
  uint64_t to;                                     ///< ms since the epoch; written when both ends are
  std::span<const std::optional<Number>> numbers;  ///< as many as there are fields; nullopt: null
};

enum class Format : uint8_t { json, csv, ndjson };

/// Names are valid UTF-8.
class Output {
 public:
  static constexpr size_t kLongBytes = 64 * 1024;
  using Fields = std::vector<std::string>;  ///< what the numbers of a value are called: letters, digits, points

  virtual ~Output() = default;
  /// `both_ends`: a value says where it ends, too. `several`: a list of metrics is written, rather than one.
  static std::unique_ptr<Output> make(Format format, bool both_ends, bool several, Fields fields = {"value"});

  virtual std::string_view content_type() const = 0;
  virtual void begin() {}
  virtual void begin_metric(std::string_view name) = 0;
  virtual void add(const Value& value) = 0;
  virtual void end_metric() {}
  virtual void end() {}

  /// What was written since it was last taken.
  std::string& text() { return text_; }
  /// There is so much text that it should be taken before more is written.
  bool is_long() const { return text_.size() >= kLongBytes; }

 protected:
  std::string text_;
};

}  // namespace kilometric
