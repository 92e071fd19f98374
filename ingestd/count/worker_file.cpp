#include "ingestd/count/worker_file.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <system_error>

#include "ingestd/count/old_worker_file.h"
#include "ingestd/system/aside.h"
#include "ingestd/system/atomic_file.h"

namespace kilometric {

namespace fs = std::filesystem;

fs::path WorkerFile::path(const fs::path& folder, unsigned index) {
  return folder / ("worker-" + std::to_string(index));
}

bool WorkerFile::valid() const noexcept {
  if (file_.size() != kFileBytes) return false;
  const WorkerHeader& header = this->header();
  return std::memcmp(header.magic, WorkerHeader::kMagic, sizeof header.magic) == 0 &&
         header.version == WorkerHeader::kVersion && header.bytes == sizeof header;
}

WorkerFile WorkerFile::take(const fs::path& folder, unsigned index) {
  const fs::path path = WorkerFile::path(folder, index);
  if (fs::exists(path)) {
    try {
      WorkerFile existing(MappedFile::open(path, MappedFile::Access::write));
      existing.file_.lock();
      if (!existing.file_.has_name()) return take(folder, index);  // finished and removed while we waited
      if (existing.valid()) return existing;
      if (is_old_worker_file(existing.file_))
        return make(path, &existing.file_);  // ours by its lock until then
      put_aside(path, "it is no worker's file of this version");
    } catch (const std::system_error&) {
      throw;  // the system refuses for now; what is in the file must not be given up for that
    } catch (const std::runtime_error& error) {
      put_aside(path, error.what());
    }
  }
  return make(path);
}

WorkerFile WorkerFile::try_take(const fs::path& folder, unsigned index) {
  try {
    WorkerFile file(MappedFile::open(path(folder, index), MappedFile::Access::write));
    if (file.file_.try_lock() && file.file_.has_name() && file.valid()) return file;
  } catch (const std::runtime_error&) {
    // there is none, or it cannot be read: its worker, or who stands in for it, sees to that
  }
  return WorkerFile(MappedFile());
}

WorkerFile WorkerFile::make(const fs::path& path, const MappedFile* old) {
  return WorkerFile(map_whole(path, kFileBytes, [&](MappedFile& file) {
    file.lock();  // before it has its name, so that nobody else gets it
    auto* header = new (file.data()) WorkerHeader{};
    std::memcpy(header->magic, WorkerHeader::kMagic, sizeof header->magic);
    header->version = WorkerHeader::kVersion;
    header->bytes = sizeof *header;
    if (old) copy_old_worker_file(*old, *header, reinterpret_cast<char*>(file.data()) + kBuffersAt);
  }));
}

WorkerFile WorkerFile::look(const fs::path& folder, unsigned index) noexcept {
  try {
    WorkerFile file(MappedFile::open(path(folder, index), MappedFile::Access::read));
    if (file.valid()) return file;
  } catch (const std::runtime_error&) {
    // not there yet
  }
  return WorkerFile(MappedFile());
}

Via WorkerFile::batch_via() const noexcept {
  const Via via = header().batch_via.load(std::memory_order_relaxed);
  return static_cast<size_t>(via) < std::size(kViaNames) ? via : Via::udp;
}

size_t WorkerFile::length(size_t datagram) const noexcept {
  return std::min<size_t>(header().messages[datagram].msg_len, kReceiveBytes);
}

}  // namespace kilometric
