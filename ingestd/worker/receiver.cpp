#include "ingestd/worker/receiver.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "common/clock.h"
#include "ingestd/process/unix_socket.h"
#include "ingestd/system/crash_point.h"
#include "ingestd/worker/batch_lines.h"

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
  BatchLines lines(file, writer, file.batch_via(), rejected);
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
