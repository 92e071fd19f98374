#include "ingestd/parse/statsd.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "common/metric/bin.h"
#include "common/metric/event_line.h"
#include "common/metric/key.h"
#include "common/metric/member_token.h"
#include "ingestd/parse/decimal.h"

namespace kilometric {
namespace {

/// A timer's weight is at most this, as its bins hold what 64 bits do.
constexpr long double kLeastTimerRate = 0x1p-20L;

/// nullopt for a bad rate.
std::optional<long double> parse_rate(std::string_view text) {
  const std::optional<Decimal> decimal = Decimal::parse(text);
  if (!decimal || decimal->negative) return std::nullopt;
  const long double rate = decimal->magnitude();
  if (!(rate > 0.0L && rate <= 1.0L)) return std::nullopt;
  return rate;
}

Outcome counter_of(const Decimal& value, std::optional<long double> rate, Line& sample) {
  const std::optional<Amount> amount = value.amount(rate);
  if (!amount) return Outcome::bad_value;
  sample.amount = *amount;
  return Outcome::accepted;
}

/// A rate says nothing of a gauge.
Outcome gauge_of(const Decimal& value, Line& sample) {
  const std::optional<Fixed> exact = value.fixed({});
  if (!exact) return Outcome::bad_value;
  sample.amount = {1, 0};
  sample.exact = *exact;
  sample.bits = value.is_signed() ? 1 : 0;
  return Outcome::accepted;
}

Outcome timer_of(const Decimal& value, std::optional<long double> rate, Line& sample) {
  if (rate && *rate < kLeastTimerRate) return Outcome::bad_rate;
  const std::optional<Fixed> exact = value.fixed(rate);
  if (!exact) return Outcome::bad_value;
  sample.amount = {1, 0};
  sample.bits = kWholeWeight;
  if (rate) {
    sample.amount = Decimal{1, 0, false, {}}.amount(rate).value_or(Amount{1, 0});
    sample.bits = static_cast<uint64_t>(std::llround(static_cast<long double>(kWholeWeight) / *rate));
  }
  sample.number = value.number();
  sample.bin = bin_of(sample.number);
  sample.exact = *exact;
  return Outcome::accepted;
}

Outcome set_of(std::string_view member, Line& sample) {
  if (member.empty() || member.size() > kMaxMemberBytes) return Outcome::bad_value;
  sample.amount = {1, 0};
  sample.bits = token_of(member);
  return Outcome::accepted;
}

Outcome value_of(Kind kind, std::string_view text, std::optional<long double> rate, Line& sample) {
  if (kind == Kind::set) return set_of(text, sample);
  const std::optional<Decimal> value = Decimal::parse(text);
  if (!value) return Outcome::bad_value;
  if (kind == Kind::counter) return counter_of(*value, rate, sample);
  return kind == Kind::gauge ? gauge_of(*value, sample) : timer_of(*value, rate, sample);
}

/// What a line's counters add up to. The whole part holds whatever fits a line, so that only the end counts:
/// what goes beyond 2^53 and comes back is good.
class Sum {
 public:
  void add(const Amount& amount) {
    whole_ += amount.whole;
    millionths_ += amount.millionths;
  }

  /// nullopt when it is beyond 2^53.
  std::optional<Amount> amount() const {
    constexpr Wide kMost = Wide{kMaxValue} * kMillion;
    const Wide total = whole_ * kMillion + millionths_;
    if (total > kMost || total < -kMost) return std::nullopt;
    return Amount{static_cast<int64_t>(whole_), millionths_};
  }

 private:
  Wide whole_ = 0;
  int64_t millionths_ = 0;  // below 10^6 for each sample
};

/// A key without what editors leave around it: blanks, and before it a U+FEFF.
std::string_view bare_key(std::string_view key) {
  constexpr std::string_view kBlanks = " \t";
  if (key.starts_with(kByteOrderMark)) key.remove_prefix(kByteOrderMark.size());
  key.remove_prefix(std::min(key.find_first_not_of(kBlanks), key.size()));
  return key.substr(0, key.find_last_not_of(kBlanks) + 1);
}

/// Cuts off `text` what stands before the first of `one` and `other`, or all of it. Types and rates are so
/// short that a loop is faster than a search.
std::string_view cut(std::string_view& text, char one, char other) {
  size_t length = 0;
  while (length < text.size() && text[length] != one && text[length] != other) ++length;
  const std::string_view head = text.substr(0, length);
  text.remove_prefix(length);
  return head;
}

/// The samples behind the first one of a line, which is in `line`.
Outcome read_others(SampleReader& samples, Line& line) {
  Sum counters;
  bool only_counters = true;
  Line sample = line;
  do {
    if (sample.kind == Kind::counter)
      counters.add(sample.amount);
    else
      only_counters = false;
  } while (samples.read(sample));
  if (samples.outcome() != Outcome::accepted) return samples.outcome();
  const std::optional<Amount> sum = counters.amount();
  if (!sum) return Outcome::bad_value;
  line.several = !only_counters;
  line.ends_line = only_counters;
  if (only_counters) line.amount = *sum;
  return Outcome::accepted;
}

Outcome outcome_of(EventFault fault) {
  switch (fault) {
    case EventFault::none:
      return Outcome::accepted;
    case EventFault::too_long:
      return Outcome::event_too_long;
    case EventFault::bad_check:
      return Outcome::bad_check;
    default:
      return Outcome::bad_event;
  }
}

Line event_of(std::string_view text) {
  EventLine event;
  Line line{text, {1, 0}, outcome_of(event.parse(text))};
  line.kind = Kind::event;
  return line;
}

}  // namespace

std::optional<Kind> parse_type(std::string_view type) noexcept {
  if (type == "c" || type == "m") return Kind::counter;
  if (type == "ms" || type == "h" || type == "d") return Kind::timer;
  if (type == "g") return Kind::gauge;
  if (type == "s") return Kind::set;
  return std::nullopt;
}

Outcome parse_value(Kind kind, std::string_view text, Line& sample) noexcept {
  sample.kind = kind;
  sample.outcome = value_of(kind, text, {}, sample);
  return sample.outcome;
}

SampleReader::SampleReader(std::string_view line) noexcept {
  const void* const found = std::memchr(line.data(), ':', line.size());
  if (!found) {
    outcome_ = line.find('|') == std::string_view::npos ? Outcome::bad_type : Outcome::bad_value;
    return;
  }
  const auto key_end = static_cast<size_t>(static_cast<const char*>(found) - line.data());
  key_ = bare_key(line.substr(0, key_end));
  rest_ = line.substr(key_end + 1);
  const bool too_long = key_.size() > kMaxKeyBytes && key_.find_first_of(";,#[") > kMaxKeyBytes;
  if (key_.empty() || too_long) outcome_ = Outcome::bad_key;
}

bool SampleReader::read(Line& sample) noexcept {
  if (ended_ || outcome_ != Outcome::accepted) return false;
  if (!in_group_ && !begin_group()) return false;
  const std::string_view value = kind_ == Kind::set ? values_ : values_.substr(0, values_.find(':'));
  in_group_ = value.size() < values_.size();
  if (in_group_) {
    values_.remove_prefix(value.size() + 1);
  } else {
    ended_ = rest_.empty();
    if (!ended_) rest_.remove_prefix(1);  // the colon before the next sample
  }
  sample.key = key_;
  sample.kind = kind_;
  sample.several = false;
  sample.ends_line = ended_;
  outcome_ = sample.outcome = value_of(kind_, value, rate_, sample);
  if (kind_ == Kind::gauge) sample.number = sent_s_;
  return outcome_ == Outcome::accepted;
}

/// A group: `values|type` and its sections. Cuts it off `rest_`, up to the colon that begins another one. A
/// colon does that behind the type and behind a rate; elsewhere it belongs to the section (`|#tag:a`).
bool SampleReader::begin_group() noexcept {
  const size_t bar = rest_.find('|');
  if (bar == std::string_view::npos) {
    outcome_ = Outcome::bad_type;
    return false;
  }
  values_ = rest_.substr(0, bar);
  rest_.remove_prefix(bar + 1);
  const std::optional<Kind> kind = parse_type(cut(rest_, ':', '|'));
  kind_ = kind.value_or(Kind::counter);
  outcome_ = kind ? read_sections() : Outcome::bad_type;
  return outcome_ == Outcome::accepted;
}

Outcome SampleReader::read_sections() noexcept {
  rate_.reset();
  sent_s_ = 0;
  while (!rest_.empty() && rest_.front() == '|') {
    rest_.remove_prefix(1);
    const bool is_rate = !rest_.empty() && rest_.front() == '@';
    const std::string_view section = cut(rest_, '|', is_rate ? ':' : '|');
    if (is_rate && !(rate_ = parse_rate(section.substr(1)))) return Outcome::bad_rate;
    if (section.starts_with('#')) tags_ = section.substr(1);
    if (section.starts_with('T')) read_time(section.substr(1));
  }
  return Outcome::accepted;
}

/// What is no time says nothing.
void SampleReader::read_time(std::string_view seconds) noexcept {
  uint64_t whole = 0;
  const auto [stop, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), whole);
  if (error == std::errc() && stop == seconds.data() + seconds.size()) sent_s_ = static_cast<double>(whole);
}

Line parse_line(std::string_view line, std::string_view& tags) noexcept {
  tags = {};
  if (EventLine::is_one(line)) return event_of(line);
  Line result{};
  result.key = line.substr(0, 0);
  SampleReader samples(line);
  if (!samples.read(result))
    result.outcome = samples.outcome();
  else if (!result.ends_line)
    result.outcome = read_others(samples, result);
  tags = samples.tags();
  if (result.outcome != Outcome::accepted) {
    result.several = false;
    result.ends_line = true;
  }
  return result;
}

std::string_view next_line(std::string_view text, size_t& at) noexcept {
  const char* const first = text.data() + at;
  const size_t left = text.size() - at;
  const void* const found = std::memchr(first, '\n', left);
  size_t length = left;
  if (found) {
    length = static_cast<size_t>(static_cast<const char*>(found) - first);
    at += length + 1;
  } else {
    at = text.size();
  }
  if (length > 0 && first[length - 1] == '\r') --length;
  return {first, length};
}

}  // namespace kilometric
