// A batch's file of anything, as it is and with its header and checksum mended, for each version: it is
// refused, or all that it shows lies within the file, and written again it reads the same.
#include "ingestd/spool/batch.h"

#include <xxhash.h>

#include <cassert>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>

#include "ingestd/spool/batch_writer.h"
#include "tests/fuzz/scratch.h"

using namespace kilometric;

namespace {

const Scratch& scratch() {
  static const Scratch folder;
  return folder;
}

bool same(const BatchEntry& a, const BatchEntry& b) {
  return a.ms == b.ms && a.delta == b.delta && a.key == b.key;
}

/// Events go behind metrics, in the order of their keys.
std::vector<BatchEntry> as_written(const Batch& batch) {
  std::vector<BatchEntry> metrics, events;
  for (size_t i = 0; i < batch.size(); ++i)
    (batch[i].delta.kind() == Kind::event ? events : metrics).push_back(batch[i]);
  std::stable_sort(events.begin(), events.end(),
                   [](const BatchEntry& a, const BatchEntry& b) { return a.key < b.key; });
  metrics.insert(metrics.end(), events.begin(), events.end());
  return metrics;
}

void check_fields(const StoredEntry& entry) {
  if (entry.delta.empty()) return;  // of version 2
  Delta::fields_of(entry.kind, entry.delta.data(), entry.delta.data() + entry.delta.size(),
                   [](std::string_view name, std::string_view) { assert(!name.empty()); });
}

void check_again(const Batch& batch) {
  BatchWriter writer(scratch().path() / "unborn", batch.header());
  for (size_t i = 0; i < batch.size(); ++i) writer.add(batch[i]);
  for (const Identity& segment : batch.segments()) writer.add(segment);
  writer.commit(scratch().path() / "again");
  const Batch again = Batch::open(scratch().path() / "again");
  assert(again.size() == batch.size() && again.header().ms == batch.header().ms);
  const std::vector<BatchEntry> expected = as_written(batch);
  for (size_t i = 0; i < batch.size(); ++i) assert(same(again[i], expected[i]));
  for (size_t i = 0; i < batch.size(); ++i) check_fields(batch.stored(i));
  assert(again.segments() == batch.segments());
}

void check_file(const std::string& bytes) {
  try {
    const Batch batch = Batch::open(scratch().write("1", bytes));
    const char* const begin = reinterpret_cast<const char*>(&batch.header());
    for (size_t i = 0; i < batch.size(); ++i) {
      const std::string_view key = batch[i].key;
      assert(key.data() > begin && key.data() + key.size() <= begin + bytes.size());
    }
    batch.marks();
    check_again(batch);
  } catch (const std::runtime_error&) {}
}

void mend(std::string& bytes, uint32_t version) {
  BatchHeader header;
  if (bytes.size() < sizeof header) return;
  std::memcpy(&header, bytes.data(), sizeof header);
  const size_t body = bytes.size() - sizeof header;
  std::memcpy(header.magic, BatchHeader::kMagic, sizeof header.magic);
  header.version = version;
  header.bytes = sizeof header;
  header.entries_bytes = std::min<uint64_t>(header.entries_bytes, body);
  header.segments_bytes = body - header.entries_bytes;
  std::memcpy(bytes.data(), &header, sizeof header);
  constexpr size_t kChecksumEnd = offsetof(BatchHeader, checksum) + sizeof(uint64_t);
  const std::string summed =
      bytes.substr(sizeof header) + bytes.substr(kChecksumEnd, sizeof header - kChecksumEnd);
  header.checksum = XXH3_64bits(summed.data(), summed.size());
  std::memcpy(bytes.data(), &header, sizeof header);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  check_file(bytes);
  for (const uint32_t version : {uint32_t{2}, BatchHeader::kVersion}) {
    mend(bytes, version);
    check_file(bytes);
  }
  return 0;
}
