#include "ingestd/spool/spool_folder.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>

#include "common/log.h"
#include "ingestd/system/aside.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

std::optional<uint64_t> number_of(const fs::path& path) {
  const std::string name = path.filename().string();
  uint64_t number = 0;
  const auto [stop, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || stop != name.data() + name.size()) return std::nullopt;
  return number;
}

}  // namespace

void SpoolFolder::make() const {
  fs::create_directory(path_.parent_path());
  fs::create_directory(path_);
}

std::map<uint64_t, SpoolFolder::Found> SpoolFolder::scan() {
  std::map<uint64_t, Found> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    const std::optional<uint64_t> number = number_of(entry.path());
    if (const Batch batch = number ? open(entry.path()) : Batch())
      found[*number] = {batch.header(), fs::file_size(entry.path()), oldest_of(batch), batch.segments()};
  }
  return found;
}

Batch SpoolFolder::open(const fs::path& path) {
  try {
    return Batch::open(path);
  } catch (const std::system_error& error) {
    const bool gone = error.code() == std::errc::no_such_file_or_directory;
    if (!gone || !fs::exists(path_)) throw;
    log_error("{} is gone, and its counts with it", path.string());
  } catch (const std::runtime_error& error) {
    put_aside(path, error.what());
  }
  ++unreadable_;
  return {};
}

uint64_t SpoolFolder::write(const BatchHeader& header, const Write& write) const {
  make();
  BatchWriter writer(unborn_, header);
  write(writer);
  return writer.commit(path(header.number));
}

std::error_code SpoolFolder::move(uint64_t number, const SpoolFolder& to) const {
  std::error_code error;
  fs::rename(path(number), to.path(number), error);
  return error;
}

bool SpoolFolder::remove(uint64_t number) {
  std::error_code error;
  fs::remove(path(number), error);
  if (!error)
    complained_of_.erase(number);
  else if (complained_of_.insert(number).second)
    log_error("{} cannot be removed: {}", path(number).string(), error.message());
  return !error;
}

uint64_t oldest_of(const Batch& batch) {
  uint64_t oldest = std::numeric_limits<uint64_t>::max();
  for (size_t i = 0; i < batch.size(); ++i)
    if (const uint64_t ms = batch.ms(batch[i])) oldest = std::min(oldest, ms);
  return oldest;
}

}  // namespace kilometric
