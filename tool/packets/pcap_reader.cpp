#include "tool/packets/pcap_reader.h"

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "tool/failure.h"

namespace kilometric::tool {
namespace {

constexpr uint32_t kPcapng = 0x0A0D0D0A;  ///< in both byte orders

bool is_known(Link link) {
  switch (link) {
    case Link::ethernet:
    case Link::raw_old:
    case Link::raw:
    case Link::linux_sll:
    case Link::ipv4:
    case Link::ipv6:
    case Link::linux_sll2:
      return true;
  }
  return false;
}

}  // namespace

PcapReader::PcapReader(FILE* file, std::string name) : file_(file), name_(std::move(name)) {
  PcapHead head{};
  if (!read(&head.magic, sizeof head.magic)) fail("it is empty");
  swapped_ = head.magic != kPcapMicroseconds && head.magic != kPcapNanoseconds;
  const uint32_t magic = order(head.magic);
  nanoseconds_ = magic == kPcapNanoseconds;
  if (magic != kPcapMicroseconds && magic != kPcapNanoseconds) refuse_magic(magic);
  if (!read(&head.major, sizeof head - sizeof head.magic)) fail("it is cut off within its head");
  link_ = static_cast<Link>(order(head.link) & 0xFFFF);
  if (!is_known(link_))
    fail(
        fmt::format("its link type, {}, is none of those known: Ethernet, IP, Linux' \"cooked\" ones; capture "
                    "with tcpdump -i any",
                    order(head.link) & 0xFFFF));
}

void PcapReader::fail(const std::string& why) const { throw Failure(kNothing, name_ + ": " + why); }

void PcapReader::refuse_magic(uint32_t magic) const {
  if (magic == kPcapng) fail("this is pcapng; tcpdump -r FILE -w NEW makes pcap of it");
  fail("this is no pcap file");
}

uint32_t PcapReader::order(uint32_t number) const { return swapped_ ? __builtin_bswap32(number) : number; }

/// False when the file ends before the first byte; when it ends within the bytes, that is told.
bool PcapReader::read(void* into, size_t bytes) {
  const size_t count = std::fread(into, 1, bytes, file_);
  if (std::ferror(file_) != 0) fail(std::generic_category().message(errno));
  if (count == bytes) return true;
  if (count > 0)
    fail(number_ == 0 ? "this is no pcap file, or cut off within its head"
                      : fmt::format("it is cut off within record {}", number_));
  return false;
}

std::optional<Packet> PcapReader::next() {
  ++number_;
  PcapRecordHead head{};
  if (!read(&head, sizeof head)) return std::nullopt;
  const uint32_t bytes = order(head.bytes), fraction = order(head.fraction);
  if (bytes > kMostPcapRecordBytes)
    fail(fmt::format("record {} is damaged: {} bytes are more than the {} of the longest", number_, bytes,
                     kMostPcapRecordBytes));
  const uint32_t whole = nanoseconds_ ? 1'000'000'000 : 1'000'000;
  if (fraction >= whole) fail(fmt::format("record {} is damaged: its time is none", number_));
  record_.resize(bytes);
  if (bytes > 0 && !read(record_.data(), bytes)) fail(fmt::format("it is cut off within record {}", number_));
  Packet packet;
  packet.time_ns = int64_t{order(head.seconds)} * 1'000'000'000 + int64_t{fraction} * (1'000'000'000 / whole);
  packet.sent_bytes = order(head.sent_bytes);
  packet.bytes = ip_packet_of(link_, {record_.data(), record_.size()});
  return packet;
}

}  // namespace kilometric::tool
