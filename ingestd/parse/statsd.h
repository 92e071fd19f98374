// The StatsD parser: one line in, its samples out: a key, a kind, and what it adds. It holds no state,
// allocates nothing and reads nothing outside the line.
//
//   page.views:3|c|@0.1
//   ^          ^ ^  ^
//   |          | |  rate: above 0, at most 1; the sample stands for 1/rate of them
//   |          | type: c, m (counter), g (gauge), ms, h, d (timer), s (set)
//   |          value: decimal, with sign, fraction or exponent; of a set any text, the member
//   key: up to the first colon, without blanks around it and a U+FEFF before it
//
// Also several samples of one key, `key:1|c:2|c|@0.1` (etsy) and `key:1:2|c` (packed; a set's member may hold
// colons, so sets are not packed). Of tags (`|#tag:value`) the last section is told; `|T1656581400` says when
// a gauge was set; other sections (`|c:container`) are skipped. A key of more than 255 bytes is told where it
// may hold tags, which ingestd/parse/tagged_key.h knows. An event or a service check
// (common/metric/event_line.h) is a sample, too. A line is good or bad as a whole. What its counters add up to
// is held to what one value is: at most 2^53. Sources:
// https://github.com/statsd/statsd/blob/master/docs/metric_types.md and
// https://docs.datadoghq.com/developers/dogstatsd/datagram_shell/
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/metric/amount.h"
#include "common/metric/fixed.h"
#include "common/metric/kind.h"
#include "ingestd/parse/outcome.h"

namespace kilometric {

inline constexpr std::string_view kByteOrderMark = "\uFEFF";  ///< taken off a line

inline constexpr size_t kMaxMemberBytes = 1'023;  ///< of a set

/// A sample, or all samples of a line that are counters: they add up to one.
struct Line {
  std::string_view key;  ///< a part of the line until its tags are resolved; not yet checked (see key_error);
                         ///< of an event the whole line
  Amount amount;         ///< counter: the value; timer: the weight; gauge, set, event: 1
  Outcome outcome;       ///< the others count only when it is `accepted`
  Kind kind = Kind::counter;
  bool several = false;        ///< it is the first of several samples, which SampleReader gives
  bool ends_line = true;       ///< it is the last sample of its line
  int16_t bin = 0;             ///< timer: of the value, see common/metric/bin.h
  const char* sent = nullptr;  ///< once its tags are resolved: what `key` pointed to, a part of the line
  // Not of a counter:
  double number = 0;  ///< timer: the value; gauge: when it was set, in seconds since the epoch, 0: now
  Fixed exact{};      ///< timer: the value times its weight; gauge: the value
  uint64_t bits = 0;  ///< timer: the weight in 1/1,024ths; gauge: 1 when it had a sign; set: the member's token
};

inline constexpr uint64_t kWholeWeight = 1'024;  ///< a weight of 1, in 1/1,024ths

/// Parses a line without its line end. Of several samples it checks all, and gives the first. `tags`: its
/// section of tags, with no data() when there is none.
Line parse_line(std::string_view line, std::string_view& tags) noexcept;
inline Line parse_line(std::string_view line) noexcept {
  std::string_view tags;
  return parse_line(line, tags);
}

/// Gives the samples of a line one by one. Each counter is one.
class SampleReader {
 public:
  /// Requires a line without its line end.
  explicit SampleReader(std::string_view line) noexcept;

  /// False when there are no more, or when the next one is wrong: outcome() says.
  bool read(Line& sample) noexcept;
  Outcome outcome() const noexcept { return outcome_; }

  /// The last section of tags up to here.
  std::string_view tags() const noexcept { return tags_; }

 private:
  bool begin_group() noexcept;
  Outcome read_sections() noexcept;
  void read_time(std::string_view seconds) noexcept;

  std::string_view key_;
  std::string_view rest_;    ///< behind the group that is read
  std::string_view values_;  ///< of this group, still to be read
  std::string_view tags_;
  bool in_group_ = false;
  bool ended_ = false;
  Outcome outcome_ = Outcome::accepted;
  Kind kind_ = Kind::counter;
  std::optional<long double> rate_;
  double sent_s_ = 0;
};

/// A value of `kind` without a rate, as it stands in a line. Fills in all but the key.
Outcome parse_value(Kind kind, std::string_view text, Line& sample) noexcept;

/// The kind of a type, such as `ms`; nullopt when it has none.
std::optional<Kind> parse_type(std::string_view type) noexcept;

/// Cuts the next line off `text` at `at`, moves `at` behind its line end (LF or CRLF), and returns
/// it without that. Empty lines count for nothing; the caller skips them.
std::string_view next_line(std::string_view text, size_t& at) noexcept;

}  // namespace kilometric
