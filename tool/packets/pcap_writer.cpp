#include "tool/packets/pcap_writer.h"

#include <fcntl.h>

#include <cerrno>
#include <system_error>

#include "tool/failure.h"
#include "tool/packets/pcap.h"
#include "tool/text.h"

namespace kilometric::tool {
namespace {

constexpr uint16_t kMajor = 2, kMinor = 4;
constexpr mode_t kOwnerAlone = 0600;

FILE* create(const std::string& path) {
  if (path == "-") return stdout;
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerAlone);
  return descriptor < 0 ? nullptr : fdopen(descriptor, "w");
}

}  // namespace

PcapWriter::PcapWriter(const std::string& path) : path_(path), file_(create(path)) {
  if (!file_ && errno == EEXIST)
    throw Failure(kUsage, printable(path) + " is there already; remove it, or name another file");
  if (!file_) fail(errno);
  const PcapHead head{
      kPcapNanoseconds, kMajor, kMinor, 0, 0, kMostPcapRecordBytes, static_cast<uint32_t>(Link::raw)};
  write(&head, sizeof head);
  flush();
}

void PcapWriter::fail(int error) const {
  throw Failure(kNothing, printable(path_) + ": " + std::generic_category().message(error));
}

void PcapWriter::write(const void* data, size_t bytes) {
  if (std::fwrite(data, 1, bytes, file_.get()) != bytes) fail(errno);
  bytes_ += bytes;
}

void PcapWriter::write(const Packet& packet) {
  constexpr int64_t kSecond = 1'000'000'000;
  const PcapRecordHead head{
      static_cast<uint32_t>(packet.time_ns / kSecond), static_cast<uint32_t>(packet.time_ns % kSecond),
      static_cast<uint32_t>(packet.bytes.size()), static_cast<uint32_t>(packet.sent_bytes)};
  write(&head, sizeof head);
  write(packet.bytes.data(), packet.bytes.size());
}

void PcapWriter::flush() {
  if (std::fflush(file_.get()) != 0) fail(errno);
}

}  // namespace kilometric::tool
