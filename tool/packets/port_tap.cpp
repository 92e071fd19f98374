#include "tool/packets/port_tap.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <system_error>

#include "common/clock.h"
#include "tool/failure.h"

namespace kilometric::tool {
namespace {

constexpr int kQueueBytes = 16 << 20;
constexpr uint32_t kWhole = 0xFFFF'FFFF, kNone = 0;

constexpr uint32_t ancillary(int which) { return static_cast<uint32_t>(SKF_AD_OFF + which); }

constexpr sock_filter step(int code, uint32_t k) { return {static_cast<uint16_t>(code), 0, 0, k}; }
constexpr sock_filter jump(int code, uint32_t k, uint8_t if_true, uint8_t if_false) {
  return {static_cast<uint16_t>(code), if_true, if_false, k};
}

[[noreturn]] void fail(int error) {
  if (error == EPERM)
    throw Failure(kNothing,
                  "to see what comes to a port takes root, or CAP_NET_RAW: go on with sudo, or let one who may "
                  "give the program that capability (setcap cap_net_raw+ep)");
  throw Failure(kNothing, "packets cannot be seen here: " + std::generic_category().message(error));
}

/// For IPv4: UDP to the port, no later fragment, and for this host.
std::array<sock_filter, 11> filter_4(uint16_t port) {
  return {{
      step(BPF_LD | BPF_B | BPF_ABS, ancillary(SKF_AD_PKTTYPE)),
      jump(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 8, 0),
      step(BPF_LD | BPF_B | BPF_ABS, 9),  // the protocol
      jump(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
      step(BPF_LD | BPF_H | BPF_ABS, 6),  // where the fragment lies
      jump(BPF_JMP | BPF_JSET | BPF_K, 0x1FFF, 4, 0),
      step(BPF_LDX | BPF_B | BPF_MSH, 0),  // the length of the IP header
      step(BPF_LD | BPF_H | BPF_IND, 2),
      jump(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
      step(BPF_RET | BPF_K, kWhole),
      step(BPF_RET | BPF_K, kNone),
  }};
}

std::array<sock_filter, 8> filter_6(uint16_t port) {
  return {{
      step(BPF_LD | BPF_B | BPF_ABS, ancillary(SKF_AD_PKTTYPE)),
      jump(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OTHERHOST, 5, 0),
      step(BPF_LD | BPF_B | BPF_ABS, 6),  // the next header
      jump(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 3),
      step(BPF_LD | BPF_H | BPF_ABS, 42),
      jump(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
      step(BPF_RET | BPF_K, kWhole),
      step(BPF_RET | BPF_K, kNone),
  }};
}

/// Nothing comes before the filter is there: only bind() says what is wanted.
Socket open_socket(uint16_t protocol, std::span<sock_filter> filter) {
  Socket socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int descriptor = socket.descriptor(), on = 1;
  if (descriptor < 0) fail(errno);
  const sock_fprog program{static_cast<uint16_t>(filter.size()), filter.data()};
  if (setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) fail(errno);
  setsockopt(descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &kQueueBytes, sizeof kQueueBytes) != 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kQueueBytes, sizeof kQueueBytes);
  sockaddr_ll all{};
  all.sll_family = AF_PACKET;
  all.sll_protocol = htons(protocol);
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&all), sizeof all) != 0) fail(errno);
  return socket;
}

std::array<Socket, 2> open_sockets(uint16_t port) {
  auto of_4 = filter_4(port);
  auto of_6 = filter_6(port);
  return {open_socket(ETH_P_IP, of_4), open_socket(ETH_P_IPV6, of_6)};
}

int64_t time_of(msghdr& message) {
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
    if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SO_TIMESTAMPNS) continue;
    timespec time;
    std::copy_n(CMSG_DATA(head), sizeof time, reinterpret_cast<unsigned char*>(&time));
    return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  }
  return wall_ms() * 1'000'000;
}

}  // namespace

PortTap::PortTap(uint16_t port) : sockets_(open_sockets(port)), buffer_(kMostPacketBytes) {}

std::optional<Packet> PortTap::receive(int descriptor) {
  iovec room{buffer_.data(), buffer_.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(timespec))];
  msghdr message{};
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t bytes = recvmsg(descriptor, &message, MSG_TRUNC);
  if (bytes < 0) {
    if (errno == EAGAIN || errno == EINTR || errno == ENETDOWN) return std::nullopt;
    fail(errno);
  }
  const auto sent = static_cast<size_t>(bytes);
  return Packet{time_of(message), sent, {buffer_.data(), std::min(sent, buffer_.size())}};
}

std::optional<Packet> PortTap::next(std::chrono::milliseconds patience) {
  pollfd entries[] = {{sockets_[0].descriptor(), POLLIN, 0},
                      {sockets_[1].descriptor(), POLLIN, 0},
                      {signals_.descriptor(), POLLIN, 0}};
  if (poll(entries, std::size(entries), static_cast<int>(patience.count())) <= 0) return std::nullopt;
  stopped_ = stopped_ || entries[2].revents != 0;
  if (stopped_) return std::nullopt;
  first_ ^= 1U;
  return receive(entries[entries[first_].revents != 0 ? first_ : first_ ^ 1U].fd);
}

uint64_t PortTap::dropped() {
  for (const Socket& socket : sockets_) {
    tpacket_stats since{};  // the last time they were asked for
    socklen_t bytes = sizeof since;
    if (getsockopt(socket.descriptor(), SOL_PACKET, PACKET_STATISTICS, &since, &bytes) == 0)
      dropped_ += since.tp_drops;
  }
  return dropped_;
}

}  // namespace kilometric::tool
