#include "ingestd/worker/batch_lines.h"

#include <sys/socket.h>

#include <utility>

#include "common/clock.h"
#include "common/socket_address.h"
#include "ingestd/parse/line_reader.h"

namespace kilometric {
namespace {

/// A line that is has no end in at least one of such parts.
bool may_be_too_long(std::string_view text) noexcept {
  constexpr size_t kPart = kMostStreamLine / 2;
  for (; text.size() >= kPart; text.remove_prefix(kPart))
    if (text.substr(0, kPart).find('\n') == std::string_view::npos) return true;
  return false;
}

}  // namespace

/// A line with several samples that do not add up to one. The group may be full within it, so the cursor says
/// how many of its samples are counted.
[[gnu::noinline]] void BatchLines::add_samples(std::string_view text, const Line& line, const Cursor& begin,
                                               const Cursor& end) noexcept {
  const std::string_view key = line.key;  // of the group's place, which the samples go through
  const char* const sent = line.sent;
  SampleReader samples(text);
  for (uint16_t number = 1; samples.read(group_.place()); ++number) {
    if (number <= begin.samples) continue;
    group_.place().key = key;
    group_.place().sent = sent;
    const bool last = group_.place().ends_line;
    if (group_.add()) count(last ? end : Cursor{begin.datagram, number, begin.offset});
  }
}

/// `kChecked`: there may be lines that are cut or too long. Nearly all texts have none, and their lines do not
/// pay for the question.
template <bool kChecked>
[[gnu::flatten]] void BatchLines::add_lines(std::string_view text, Cursor cursor) noexcept {
  LineReader reader(text, cursor.offset);
  while (!reader.done()) {
    Line& line = group_.place();
    const LineReader::Read read = reader.read(line);
    const auto end = [&] { return Cursor{cursor.datagram, 0, static_cast<uint32_t>(reader.at())}; };
    if (kChecked || read != LineReader::kPlain) {
      if (read == LineReader::kNothing) continue;
      line.ends_line = true;
      if (kChecked && is_bad(text, reader.at())) {
        line.outcome = Outcome::truncated;
      } else if (read == LineReader::kSpecial) {
        const bool tagged = reader.tags().data() != nullptr;
        const uint64_t key_hash = tagged ? spellings_.resolve(line, reader.tags()) : 0;
        if (line.several && line.outcome == Outcome::accepted) {
          cursor.offset = static_cast<uint32_t>(reader.several().data() - text.data());
          add_samples(reader.several(), line, std::exchange(cursor, {cursor.datagram, 0, 0}), end());
          continue;
        }
        if (tagged) {
          if (group_.add(key_hash)) count(end());
          continue;
        }
      }
    }
    if (group_.add()) count(end());
  }
}

/// Of the line that ends at `end`.
[[gnu::noinline]] bool BatchLines::is_bad(std::string_view text, size_t end) const noexcept {
  if (stream_.empty()) return end >= text.size();
  const std::string_view before = text.substr(0, text[end - 1] == '\n' ? end - 1 : end);
  return before.size() - (before.rfind('\n') + 1) > kMostStreamLine;
}

void BatchLines::add(Cursor cursor) noexcept {
  const std::string_view text = this->text(cursor.datagram);
  const bool cut = (file_.header().messages[cursor.datagram].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  if (cut && !text.ends_with('\n'))
    add_lines<true>(text, cursor);
  else
    add_lines<false>(text, cursor);
}

void BatchLines::add(std::string_view text, Cursor cursor) noexcept {
  stream_ = text;
  if (may_be_too_long(text))
    add_lines<true>(text, cursor);
  else
    add_lines<false>(text, cursor);
}

void BatchLines::reject(std::string_view text, Outcome outcome, const Cursor& next) noexcept {
  stream_ = text;
  Line& line = group_.place();
  line = {};
  line.key = text.substr(0, 0);  // says where the line is
  line.outcome = outcome;
  static_cast<void>(group_.add());
  count(next);
}

[[gnu::noinline]] void BatchLines::count(const Cursor& next) noexcept {
  const uint64_t before = accepted();
  const std::span<const HashedLine> lines = group_.count(next);
  if (!rejected_ || accepted() - before == lines.size()) return;
  for (const HashedLine& line : lines)
    if (line.outcome != Outcome::accepted && rejected_->lines.due(line.outcome)) keep(line);
}

/// The key of a rejected line lies within it, too, or it was sent there, and so says which datagram it came
/// with.
void BatchLines::keep(const Line& line) noexcept {
  if (!keep(line, line.key.data())) keep(line, line.sent);
}

/// False when `within` is in no datagram, nor in the stream's text.
bool BatchLines::keep(const Line& line, const char* within) noexcept {
  std::string_view whole = line_around(stream_, within);
  size_t datagram = 0;
  for (; whole.empty() && datagram < kReceiveDatagrams; ++datagram) whole = line_around(text(datagram), within);
  if (whole.empty()) return false;
  rejected_->lines.keep(line.outcome, via_, sender(datagram - 1), whole);
  if (via_ != Via::udp) return true;  // of no other datagram the kernel is asked who sent it
  rejected_->wanted = true;
  rejected_->last_ms = boot_ms();
  return true;
}

/// A unix socket says nothing of who sends, and leaves what was there.
std::string BatchLines::sender(size_t datagram) const {
  sockaddr_storage address{};
  socklen_t bytes = sizeof address;
  if (via_ == Via::udp) return address_text(reinterpret_cast<const sockaddr&>(rejected_->senders[datagram]));
  if (via_ == Via::tcp) getpeername(rejected_->stream, reinterpret_cast<sockaddr*>(&address), &bytes);
  return address_text(reinterpret_cast<const sockaddr&>(address));
}

}  // namespace kilometric
