#include "ingestd/worker/receiver.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "ingestd/count/line_group.h"
#include "ingestd/parse/line_reader.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kPause{1};

/// Full reads in a row before the loop's other work gets its turn.
constexpr int kMostFullReads = 16;

/// When stopping: 32,000 datagrams, more than a socket's queue holds. What comes later comes too late.
constexpr int kMostDrainReads = 1'000;

/// A line with several samples that do not add up to one. The group may be full within it, so the cursor says
/// how many of its samples are counted.
void count_samples(LineGroup& group, std::string_view line, const Cursor& begin, const Cursor& end) noexcept {
  SampleReader samples(line);
  for (uint16_t number = 1; samples.read(group.place()); ++number) {
    if (number <= begin.samples) continue;
    const bool last = group.place().ends_line;
    if (group.add()) group.count(last ? end : Cursor{begin.datagram, number, begin.offset});
  }
}

/// Its lines from the cursor on. A cut datagram's last line is torn and counts as that.
void count_datagram(WorkerFile& file, LineGroup& group, Cursor cursor) noexcept {
  const std::string_view text(file.buffer(cursor.datagram), file.length(cursor.datagram));
  const bool torn =
      (file.header().messages[cursor.datagram].msg_hdr.msg_flags & MSG_TRUNC) != 0 && !text.ends_with('\n');
  LineReader reader(text, cursor.offset);
  while (!reader.done()) {
    Line& line = group.place();
    cursor.offset = static_cast<uint32_t>(reader.at());
    if (!reader.read(line)) continue;
    const Cursor end{cursor.datagram, 0, static_cast<uint32_t>(reader.at())};
    if (torn && reader.done()) {
      line.outcome = Outcome::truncated;
      line.ends_line = true;
    } else if (line.several) {
      count_samples(group, reader.several(), cursor, end);
      cursor.samples = 0;
      continue;
    }
    if (group.add()) group.count(end);
  }
}

void empty_batch(WorkerHeader& header, size_t datagrams) noexcept {
  for (size_t i = 0; i < datagrams; ++i) {
    crash_point();
    header.messages[i].msg_len = 0;
  }
  settle();
  crash_point();
  header.cursor.store({0, 0, 0}, std::memory_order_relaxed);
  settle();
}

}  // namespace

void count_batch(WorkerFile& file, SegmentWriter& writer, size_t datagrams) noexcept {
  WorkerHeader& header = file.header();
  const Cursor cursor = header.cursor.load(std::memory_order_relaxed);
  LineGroup group(writer, Via::udp);
  for (auto i = cursor.datagram; i < datagrams; ++i)
    count_datagram(file, group, i == cursor.datagram ? cursor : Cursor{i, 0, 0});
  group.count(Cursor{static_cast<uint16_t>(datagrams), 0, 0});
  empty_batch(header, datagrams);
}

Receiver::Receiver(Loop& loop, int udp_fd, WorkerFile& file, SegmentWriter& writer)
    : fd_(udp_fd),
      file_(file),
      writer_(writer),
      poll_(loop, udp_fd, [this](int, int) { on_readable(); }),
      pause_(loop, [this] { on_pause_over(); }) {
  count_batch(file_, writer_, kReceiveDatagrams);
  WorkerHeader& header = file_.header();
  for (size_t i = 0; i < kReceiveDatagrams; ++i) {
    buffers_[i] = {file_.buffer(i), kReceiveBytes};
    header.messages[i].msg_hdr = {};
    header.messages[i].msg_hdr.msg_iov = &buffers_[i];
    header.messages[i].msg_hdr.msg_iovlen = 1;
  }
  poll_.start(UV_READABLE);
}

/// How many datagrams came; none on an error, which the kernel reports once and forgets (an ICMP
/// answer to nothing we sent).
size_t Receiver::receive() noexcept {
  const int received = recvmmsg(fd_, file_.header().messages, kReceiveDatagrams, MSG_DONTWAIT, nullptr);
  if (received <= 0) return 0;
  bump(file_.stats().datagrams, static_cast<uint64_t>(received));
  count_batch(file_, writer_, static_cast<size_t>(received));
  return static_cast<size_t>(received);
}

/// True when the last read was full: there is more. False when the queue is empty for now.
bool Receiver::receive_while_full() noexcept {
  for (int reads = 0; reads < kMostFullReads; ++reads)
    if (receive() < kReceiveDatagrams) return false;
  return true;
}

void Receiver::on_readable() noexcept {
  if (receive_while_full()) return;
  poll_.stop();
  pause_.start(kPause);
}

void Receiver::on_pause_over() noexcept {
  const size_t received = receive();
  if (received == 0) return poll_.start(UV_READABLE);
  if (received == kReceiveDatagrams && receive_while_full()) return poll_.start(UV_READABLE);
  pause_.start(kPause);
}

void Receiver::drain_and_stop() noexcept {
  poll_.stop();
  pause_.stop();
  for (int reads = 0; reads < kMostDrainReads && receive() > 0; ++reads) {}
}

}  // namespace kilometric
