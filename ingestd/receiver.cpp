#include "ingestd/receiver.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "ingestd/crash_point.h"
#include "ingestd/statsd.h"

namespace kilometric {
namespace {

constexpr std::chrono::milliseconds kPause{1};

/// Full reads in a row before the loop's other work gets its turn.
constexpr int kMostFullReads = 16;

/// When stopping: 32,000 datagrams, more than a socket's queue holds. What comes later comes too late.
constexpr int kMostDrainReads = 1'000;

/// Lines that are looked up together: the table is far larger than the cache, so each lookup's cache
/// lines are asked for a few lines ahead. Sixteen cover the memory's latency.
class LineGroup {
 public:
  explicit LineGroup(SegmentWriter& writer) : writer_(writer) {}

  void add(const Line& line, Cursor next) noexcept {
    Item& item = items_[size_++];
    item = {line, 0, next};
    if (line.outcome == Outcome::accepted) {
      item.hash = writer_.hash(line.key);
      writer_.prefetch(item.hash);
    }
    if (size_ == kItems) count();
  }

  void count() noexcept {
    for (size_t i = 0; i < size_; ++i)
      if (items_[i].line.outcome == Outcome::accepted) writer_.prefetch_cell(items_[i].hash);
    for (size_t i = 0; i < size_; ++i) {
      const Item& item = items_[i];
      if (item.line.outcome == Outcome::accepted)
        writer_.count(item.line.key, item.hash, item.line.amount, Via::udp, item.next);
      else
        writer_.reject(item.line.outcome, Via::udp, item.next);
    }
    size_ = 0;
  }

 private:
  static constexpr size_t kItems = 16;
  struct Item {
    Line line;
    uint64_t hash;
    Cursor next;  ///< where the batch goes on once this line is counted
  };

  SegmentWriter& writer_;
  Item items_[kItems];
  size_t size_ = 0;
};

/// Its lines from `offset` on. A cut datagram's last line is torn and counts as that.
void count_datagram(WorkerFile& file, LineGroup& group, uint32_t datagram, size_t offset) noexcept {
  const std::string_view text(file.buffer(datagram), file.length(datagram));
  const bool cut = (file.header().messages[datagram].msg_hdr.msg_flags & MSG_TRUNC) != 0;
  while (offset < text.size()) {
    const std::string_view raw = next_line(text, offset);
    if (raw.empty()) continue;
    Line line = parse_line(raw);
    const bool torn = cut && offset == text.size() && text.back() != '\n';
    if (torn) line.outcome = Outcome::truncated;
    group.add(line, {datagram, static_cast<uint32_t>(offset)});
  }
}

void empty_batch(WorkerHeader& header, size_t datagrams) noexcept {
  for (size_t i = 0; i < datagrams; ++i) {
    crash_point();
    header.messages[i].msg_len = 0;
  }
  settle();
  crash_point();
  header.cursor.store({0, 0}, std::memory_order_relaxed);
  settle();
}

}  // namespace

void count_batch(WorkerFile& file, SegmentWriter& writer, size_t datagrams) noexcept {
  WorkerHeader& header = file.header();
  const Cursor cursor = header.cursor.load(std::memory_order_relaxed);
  LineGroup group(writer);
  for (uint32_t i = cursor.datagram; i < datagrams; ++i)
    count_datagram(file, group, i, i == cursor.datagram ? cursor.offset : 0);
  group.count();
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
  for (int reads = 0; reads < kMostDrainReads && receive() > 0; ++reads) {
  }
}

}  // namespace kilometric
