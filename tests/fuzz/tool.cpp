// What the command for a terminal is given by strangers: a file of captured packets, an IP packet, the answer
// of a server. Nothing is read beyond its end, each datagram lies within its packet, and an answer that is fed
// in pieces is the one that came in one.
//
// The first byte says which of them the rest is; of an answer the second says how long the pieces are.
#include <algorithm>
#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tool/failure.h"
#include "tool/http/answer_parser.h"
#include "tool/packets/pcap_reader.h"
#include "tool/packets/udp.h"

using namespace kilometric::tool;

namespace {

void take_packet(std::string_view packet) {
  const auto datagram = udp_of(packet);
  if (!datagram) return;
  assert(datagram->payload.empty() || (datagram->payload.data() >= packet.data() &&
                                       datagram->payload.end() <= packet.data() + packet.size()));
  assert(!datagram->sender().empty());
}

void read_file(std::string_view bytes) {
  if (bytes.empty()) return;  // fmemopen() takes no such one
  const std::unique_ptr<FILE, decltype(&std::fclose)> file(
      fmemopen(const_cast<char*>(bytes.data()), bytes.size(), "r"), std::fclose);
  size_t packets = 0;
  try {
    PcapReader reader(file.get(), "file");
    while (const auto packet = reader.next()) {
      ++packets;
      assert(packet->time_ns >= 0 && packet->bytes.size() <= bytes.size());
      take_packet(packet->bytes);
    }
  } catch (const Failure& failure) {
    assert(failure.status() == kNothing);
  }
  assert(packets * sizeof(PcapRecordHead) <= bytes.size());
}

/// Its status and body, or why it is none.
std::string answer_of(std::string_view bytes, size_t piece) {
  AnswerParser parser;
  try {
    while (!bytes.empty()) {
      parser.feed(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    parser.end();
  } catch (const Failure&) {
    return "refused";
  }
  return std::to_string(parser.answer().status) + parser.answer().body + (parser.complete() ? "" : "...");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.size() < 2) return 0;
  const char what = bytes[0];
  bytes.remove_prefix(1);
  if (what == 'f') {
    read_file(bytes);
  } else if (what == 'p') {
    take_packet(bytes);
  } else {
    const size_t piece = static_cast<unsigned char>(bytes[0]) + size_t{1};
    bytes.remove_prefix(1);
    assert(answer_of(bytes, piece) == answer_of(bytes, std::string_view::npos));
  }
  return 0;
}
