#include "ingestd/worker/receiver.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "common/clock.h"
#include "common/socket_address.h"
#include "ingestd/count/line_group.h"
#include "ingestd/parse/line_reader.h"
#include "ingestd/process/unix_socket.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kPause{1};
constexpr std::chrono::milliseconds kMostPause{1'000};

/// Reads without a pause after one that has filled a short queue.
constexpr int kHurry = 100;

/// Full reads in a row before the loop's other work gets its turn.
constexpr int kMostFullReads = 16;

/// When stopping: 32,000 datagrams, more than a socket's queue holds. What comes later comes too late.
constexpr int kMostDrainReads = 1'000;

/// The lines of the receive batch on their way through groups.
class BatchLines {
 public:
  BatchLines(WorkerFile& file, SegmentWriter& writer, Rejected* rejected)
      : file_(file),
        rejected_(rejected),
        via_(file.batch_via()),
        spellings_(writer.spellings()),
        group_(writer, via_) {}

  /// A datagram's lines from the cursor on. A cut datagram's last line is torn and counts as that.
  void add(Cursor cursor) noexcept;

  /// Counts what was added; `next`: where the batch goes on behind it.
  void count(const Cursor& next) noexcept;

 private:
  void add_samples(std::string_view text, const Line& line, const Cursor& begin, const Cursor& end) noexcept;
  uint64_t accepted() const noexcept {
    return file_.stats().lines[static_cast<size_t>(via_)][0].load(std::memory_order_relaxed);
  }
  std::string_view text(size_t datagram) const noexcept {
    return {file_.buffer(datagram), file_.length(datagram)};
  }
  void keep(const Line& line) noexcept;
  bool keep(const Line& line, const char* within) noexcept;

  WorkerFile& file_;
  Rejected* rejected_;
  Via via_;
  Spellings& spellings_;
  LineGroup group_;
};

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

[[gnu::flatten]] void BatchLines::add(Cursor cursor) noexcept {
  const std::string_view text = this->text(cursor.datagram);
  const bool torn =
      (file_.header().messages[cursor.datagram].msg_hdr.msg_flags & MSG_TRUNC) != 0 && !text.ends_with('\n');
  LineReader reader(text, cursor.offset);
  while (!reader.done()) {
    Line& line = group_.place();
    const LineReader::Read read = reader.read(line);
    if (read == LineReader::kNothing) continue;
    const auto end = [&] { return Cursor{cursor.datagram, 0, static_cast<uint32_t>(reader.at())}; };
    if (torn && reader.done()) {
      line.outcome = Outcome::truncated;
      line.ends_line = true;
    } else if (read == LineReader::kSpecial) {
      if (reader.tags().data() != nullptr) spellings_.resolve(line, reader.tags());
      if (line.several && line.outcome == Outcome::accepted) {
        cursor.offset = static_cast<uint32_t>(reader.several().data() - text.data());
        add_samples(reader.several(), line, std::exchange(cursor, {cursor.datagram, 0, 0}), end());
        continue;
      }
      line.ends_line = true;
    }
    if (group_.add()) count(end());
  }
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

/// False when `within` is in no datagram.
bool BatchLines::keep(const Line& line, const char* within) noexcept {
  for (size_t datagram = 0; datagram < kReceiveDatagrams; ++datagram) {
    const std::string_view whole = line_around(text(datagram), within);
    if (whole.empty()) continue;
    static constexpr sockaddr kUnknown{};  // a unix socket says nothing of who sends, and leaves what was there
    const auto& sender =
        via_ == Via::udp ? reinterpret_cast<const sockaddr&>(rejected_->senders[datagram]) : kUnknown;
    rejected_->lines.keep(line.outcome, via_, address_text(sender), whole);
    rejected_->wanted = true;
    rejected_->last_ms = boot_ms();
    return true;
  }
  return false;
}

void empty_batch(WorkerHeader& header, size_t datagrams) noexcept {
  for (size_t i = 0; i < datagrams; ++i) {
    crash_point();
    header.messages[i].msg_len = 0;
    header.messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in6);
  }
  settle();
  crash_point();
  header.cursor.store({0, 0, 0}, std::memory_order_relaxed);
  settle();
}

}  // namespace

void count_batch(WorkerFile& file, SegmentWriter& writer, size_t datagrams, Rejected* rejected) noexcept {
  WorkerHeader& header = file.header();
  const Cursor cursor = header.cursor.load(std::memory_order_relaxed);
  BatchLines lines(file, writer, rejected);
  for (auto i = cursor.datagram; i < datagrams; ++i) lines.add(i == cursor.datagram ? cursor : Cursor{i, 0, 0});
  lines.count(Cursor{static_cast<uint16_t>(datagrams), 0, 0});
  empty_batch(header, datagrams);
}

Receiver::Receiver(Loop& loop, int fd, Via via, WorkerFile& file, SegmentWriter& writer, Rejected& rejected)
    : fd_(fd),
      via_(via),
      queue_(via == Via::udp ? 0 : unix_queue_datagrams()),
      file_(file),
      writer_(writer),
      rejected_(rejected),
      poll_(loop, fd, [this](int, int) { on_readable(); }),
      pause_(loop, [this] { on_pause_over(); }) {
  count_batch(file_, writer_, kReceiveDatagrams, &rejected_);
  WorkerHeader& header = file_.header();
  for (size_t i = 0; i < kReceiveDatagrams; ++i) {
    buffers_[i] = {file_.buffer(i), kReceiveBytes};
    header.messages[i].msg_hdr = {};
    header.messages[i].msg_hdr.msg_iov = &buffers_[i];
    header.messages[i].msg_hdr.msg_iovlen = 1;
  }
  poll_.start(UV_READABLE);
}

void Receiver::ask_for_senders(bool ask) noexcept {
  for (size_t i = 0; i < kReceiveDatagrams; ++i) {
    rejected_.senders[i] = {};
    file_.header().messages[i].msg_hdr.msg_name = ask ? &rejected_.senders[i] : nullptr;
    file_.header().messages[i].msg_hdr.msg_namelen = sizeof rejected_.senders[i];
  }
  rejected_.asked = ask;
}

/// How many datagrams came; none on an error, which the kernel reports once and forgets (an ICMP
/// answer to nothing we sent).
size_t Receiver::receive() noexcept {
  if (rejected_.asked != rejected_.wanted) ask_for_senders(rejected_.wanted);
  file_.header().batch_via.store(via_, std::memory_order_relaxed);
  settle();
  const int received = recvmmsg(fd_, file_.header().messages, kReceiveDatagrams, MSG_DONTWAIT, nullptr);
  if (received <= 0) return 0;
  bump(via_ == Via::udp ? file_.stats().datagrams : file_.stats().unix_datagrams,
       static_cast<uint64_t>(received));
  count_batch(file_, writer_, static_cast<size_t>(received), &rejected_);
  return static_cast<size_t>(received);
}

/// What the last read took. When that was full there is more; else the queue is empty for now.
size_t Receiver::receive_while_full() noexcept {
  size_t received = kReceiveDatagrams;
  for (int reads = 0; reads < kMostFullReads && received == kReceiveDatagrams; ++reads) received = receive();
  return received;
}

/// Who took nothing from a shared queue has lost a race for it.
void Receiver::pause(size_t received) noexcept {
  poll_.stop();
  wait_ = received > 0 || queue_ == 0 ? kPause : std::clamp(2 * wait_, kPause, kMostPause);
  pause_.start(wait_);
}

void Receiver::on_readable() noexcept {
  const size_t received = receive_while_full();
  if (received == kReceiveDatagrams) return;
  if (hurried_ > 0 && received > 0)
    --hurried_;
  else
    pause(received);
}

void Receiver::on_pause_over() noexcept {
  const size_t received = receive();
  if (received == 0) return poll_.start(UV_READABLE);
  if (received == kReceiveDatagrams && receive_while_full() == kReceiveDatagrams)
    return poll_.start(UV_READABLE);
  if (2 * received < queue_ || queue_ == 0) return pause(received);
  hurried_ = kHurry;
  poll_.start(UV_READABLE);
}

void Receiver::drain_and_stop() noexcept {
  poll_.stop();
  pause_.stop();
  for (int reads = 0; reads < kMostDrainReads && receive() > 0; ++reads) {}
}

}  // namespace kilometric
