#include "tool/packets/udp.h"

#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cstring>

#include "common/socket_address.h"

namespace kilometric::tool {
namespace {

constexpr unsigned kVersion4 = 4, kVersion6 = 6;

/// The first bytes as a T; nullopt when there are not so many.
template <class T>
std::optional<T> head_of(std::string_view bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T head;
  std::memcpy(&head, bytes.data(), sizeof head);
  return head;
}

void set(sockaddr_storage& into, const in_addr& address, uint16_t port) {
  sockaddr_in whole{};
  whole.sin_family = AF_INET;
  whole.sin_addr = address;
  whole.sin_port = port;
  std::memcpy(&into, &whole, sizeof whole);
}

void set(sockaddr_storage& into, const in6_addr& address, uint16_t port) {
  sockaddr_in6 whole{};
  whole.sin6_family = AF_INET6;
  whole.sin6_addr = address;
  whole.sin6_port = port;
  std::memcpy(&into, &whole, sizeof whole);
}

/// `behind`: what follows the IP header.
template <class Address>
std::optional<UdpDatagram> datagram_of(const Address& from, const Address& to, std::string_view behind) {
  const auto head = head_of<udphdr>(behind);
  if (!head || ntohs(head->uh_ulen) < sizeof *head) return std::nullopt;
  UdpDatagram datagram;
  set(datagram.from, from, head->uh_sport);
  set(datagram.to, to, head->uh_dport);
  behind.remove_prefix(sizeof *head);
  const size_t bytes = ntohs(head->uh_ulen) - sizeof *head;
  datagram.cut = bytes > behind.size();
  datagram.payload = behind.substr(0, bytes);
  return datagram;
}

std::optional<UdpDatagram> udp_of_4(std::string_view packet) {
  const auto head = head_of<ip>(packet);
  const size_t head_bytes = head ? head->ip_hl * size_t{4} : 0;
  if (head_bytes < sizeof *head || head->ip_p != IPPROTO_UDP || (ntohs(head->ip_off) & IP_OFFMASK) != 0)
    return std::nullopt;
  const size_t bytes = std::min<size_t>(ntohs(head->ip_len), packet.size());  // Ethernet pads short ones
  if (bytes < head_bytes) return std::nullopt;
  return datagram_of(head->ip_src, head->ip_dst, packet.substr(head_bytes, bytes - head_bytes));
}

std::optional<UdpDatagram> udp_of_6(std::string_view packet) {
  const auto head = head_of<ip6_hdr>(packet);
  if (!head || head->ip6_nxt != IPPROTO_UDP) return std::nullopt;
  return datagram_of(head->ip6_src, head->ip6_dst, packet.substr(sizeof *head, ntohs(head->ip6_plen)));
}

}  // namespace

std::string UdpDatagram::sender() const { return address_text(reinterpret_cast<const sockaddr&>(from)); }

uint16_t UdpDatagram::port() const {  // which lies at one place in both families
  return ntohs(reinterpret_cast<const sockaddr_in&>(to).sin_port);
}

std::optional<UdpDatagram> udp_of(std::string_view ip_packet) {
  const unsigned version = ip_packet.empty() ? 0 : static_cast<unsigned char>(ip_packet[0]) >> 4;
  if (version == kVersion4) return udp_of_4(ip_packet);
  return version == kVersion6 ? udp_of_6(ip_packet) : std::nullopt;
}

}  // namespace kilometric::tool
