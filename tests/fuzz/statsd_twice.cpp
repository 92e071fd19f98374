// The fast StatsD parser against a plain one: the same outcome, the same key, the same sum; and
// LineReader against the two steps that it takes in one.
#include <cassert>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ingestd/parse/line_reader.h"
#include "ingestd/parse/statsd.h"
#include "ingestd/parse/tagged_key.h"
#include "tests/fuzz/plain_statsd.h"

using namespace kilometric;

namespace {

Quad distance(const Amount& amount, Quad millionths) {
  const Quad apart = Quad(amount.whole) * kMillion + Quad(amount.millionths) - millionths;
  return apart < 0 ? -apart : apart;
}

/// The key of a name with tags, which is its own spelling.
void compare_keys(std::string_view name, std::string_view section) {
  TaggedKey tagged;
  for (const char in_name : {'\0', ',', '#', '['}) {
    const TagRules rules{true, {}, in_name};
    const std::string made(tagged.make(name, section, rules));
    assert(made.empty() == (tagged.outcome() != Outcome::accepted));
    assert(made == plain_key(name, section, in_name));
    assert(made.empty() || made == tagged.make(made, {}, rules));
  }
}

void compare(std::string_view text) {
  std::string_view tags;
  const Line fast = parse_line(text, tags);
  const PlainLine plain = parse_plainly(text);
  if (plain.outcome == Outcome::unsupported) return;  // the plain one knows counters alone
  if (!plain.either_outcome) assert(fast.outcome == plain.outcome);
  if (fast.outcome == Outcome::accepted) compare_keys(fast.key, tags);
  if (plain.either_outcome || plain.outcome != Outcome::accepted) return;  // nor does it read on behind these
  assert(fast.key == plain.key && tags == plain.tags);
  const Quad most = Quad(kMaxValue) * kMillion * 512;  // the fast one's sums wrap somewhere above
  if (plain.millionths > most || plain.millionths < -most) return;
  assert(distance(fast.amount, plain.millionths) <= plain.tolerance);
}

void compare_steps(std::string_view text) {
  const std::vector<char> alone(text.begin(), text.end());  // AddressSanitizer watches its ends
  const std::string_view copy(alone.data(), alone.size());
  LineReader reader(copy);
  for (size_t at = 0; at < text.size();) {
    assert(!reader.done());
    Line read;
    const LineReader::Read kind = reader.read(read);
    const bool is_line = kind != LineReader::kNothing;
    const std::string_view raw = next_line(text, at);
    assert(reader.at() == at && is_line == !raw.empty());
    if (raw.empty()) continue;
    std::string_view tags;
    const Line line = parse_line(raw, tags);
    assert(read.outcome == line.outcome);
    if (line.outcome != Outcome::accepted) continue;
    assert(read.key == line.key && read.amount == line.amount && read.kind == line.kind);
    assert(tags.data() == nullptr || kind == LineReader::kSpecial);
    assert(kind != LineReader::kSpecial || reader.tags() == tags);
    assert(read.several == line.several && read.ends_line == line.ends_line);
    if (line.kind == Kind::counter) continue;
    assert(read.number == line.number && read.exact == line.exact && read.bits == line.bits);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (size_t at = 0; at < text.size();) compare(next_line(text, at));
  compare_steps(text);
  return 0;
}
