// A datagram of anything: each line has an outcome, a good line has a key and a sum, and nothing
// outside a line is read.
#include "ingestd/parse/statsd.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/metric/event.h"
#include "common/metric/key.h"
#include "common/metric/kind.h"
#include "common/utf8.h"

using namespace kilometric;

namespace {

void check_sum(const Amount& amount, int64_t samples) {
  const Amount sum = amount.normalized();
  const int64_t beyond = sum.millionths == 0 ? 0 : 1;
  assert(sum.whole >= beyond - kMaxValue && sum.whole <= kMaxValue - beyond);
  assert(amount.millionths > -kMillion * samples && amount.millionths < kMillion * samples);
}

void check_samples(std::string_view line) {
  SampleReader samples(line);
  Line sample{};
  size_t count = 0;
  for (; samples.read(sample); ++count) assert(!sample.several && sample.outcome == Outcome::accepted);
  assert(count > 1 && sample.ends_line && samples.outcome() == Outcome::accepted);
}

/// Text that is no UTF-8 would be no JSON.
void check_event(std::string_view line) {
  assert(EventLine::is_one(line) && line.size() <= EventLine::kMostBytes);
  Delta delta{Event{1, std::string(line)}};
  std::vector<std::byte> bytes(Event::kMostBytes);
  const std::byte* const end = delta.put(bytes.data());
  Delta again;
  assert(Delta::get(Kind::event, bytes.data(), end, again) == end && again == delta);
  assert(Delta::get(Kind::event, bytes.data(), end - 1, again) == nullptr);
  size_t fields = 0, is_one = 0;
  delta.fields([&](std::string_view name, std::string_view text) {
    ++fields;
    if (name == "title" || name == "check") ++is_one;
    assert(valid_utf8(text) == text && text.size() <= line.size());
  });
  assert(is_one == 1 && fields >= 3);  // with the time and the text or the status
}

void check_line(std::string_view line) {
  const std::vector<char> alone(line.begin(), line.end());  // AddressSanitizer watches its ends
  const Line seen = parse_line({alone.data(), alone.size()});
  assert(static_cast<size_t>(seen.outcome) < kOutcomes);
  const Line again = parse_line(line);
  assert(again.outcome == seen.outcome && again.key == seen.key && again.amount == seen.amount);
  if (seen.outcome != Outcome::accepted) return;
  if (seen.kind == Kind::event) return check_event(line);
  assert(!seen.key.empty());
  assert(seen.key.size() <= kMaxKeyBytes || seen.key.find_first_of(";,#[") <= kMaxKeyBytes);
  const std::string_view before = line.substr(0, line.find(':'));
  const auto at = static_cast<size_t>(seen.key.data() - alone.data());
  assert(at + seen.key.size() <= before.size() && seen.key == before.substr(at, seen.key.size()));
  if (seen.several) return check_samples(line);
  if (seen.kind == Kind::counter) check_sum(seen.amount, std::count(line.begin(), line.end(), ':'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const std::string_view line = next_line(text, at);
    assert(line.data() == text.data() + begin && line.find('\n') == line.npos);
    const std::string_view end = text.substr(begin + line.size(), at - begin - line.size());
    assert(end == "\n" || end == "\r\n" || (at == text.size() && (end.empty() || end == "\r")));
    if (!line.empty()) check_line(line);
  }
  return 0;
}
