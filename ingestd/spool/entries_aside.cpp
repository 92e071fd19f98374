#include "ingestd/spool/entries_aside.h"

#include <algorithm>
#include <system_error>

#include "common/log.h"

namespace kilometric {

EntriesAside::Entries::value_type EntriesAside::name_of(const Batch& batch, size_t index) {
  const BatchEntry entry = batch[index];
  return {entry.delta.kind(), std::string(entry.key), batch.ms(entry)};
}

EntriesAside::Entries EntriesAside::of(const Batch& batch) {
  Entries entries;
  const uint64_t number = batch.header().number;
  if (!oldest_ms_.contains(number)) return entries;
  const Batch aside = folder_.open(number);
  if (!aside) forget(number);
  for (size_t i = 0; i < aside.size(); ++i) entries.insert(name_of(aside, i));
  return entries;
}

void EntriesAside::put(const Batch& batch, const std::vector<size_t>& entries) {
  BatchHeader header = batch.header();
  header.covers = header.number;
  const Entries already = of(batch);
  Batch earlier;
  if (!already.empty()) earlier = folder_.open(header.number);
  folder_.write(header, [&](BatchWriter& writer) {
    for (size_t i = 0; i < earlier.size(); ++i) writer.add(earlier[i]);
    for (const size_t index : entries) {
      BatchEntry entry = batch[index];
      entry.ms = batch.ms(entry);
      if (!already.contains(name_of(batch, index))) writer.add(entry);
    }
  });
  uint64_t& oldest = oldest_ms_.try_emplace(header.number, Ledger::kNever).first->second;
  for (const size_t index : entries) oldest = std::min(oldest, batch.ms(batch[index]));
}

std::vector<uint64_t> EntriesAside::free(const Ledger& ledger) const {
  std::vector<uint64_t> numbers;
  for (const auto& [number, ms] : oldest_ms_)
    if (!ledger.has(number)) numbers.push_back(number);
  return numbers;
}

std::optional<uint64_t> EntriesAside::move(uint64_t number, const SpoolFolder& to) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(folder_.path(number), error);
  if (!error) error = folder_.move(number, to);
  if (error) {
    log_error("{}: {}", folder_.path(number).string(), error.message());
    return std::nullopt;
  }
  forget(number);
  return bytes;
}

}  // namespace kilometric
