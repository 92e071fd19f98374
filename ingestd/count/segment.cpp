#include "ingestd/count/segment.h"

#include <charconv>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

#include "common/clock.h"
#include "ingestd/system/aside.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "segment-";
constexpr size_t kFirstBytes = 64 * 1024;   ///< an idle installation costs next to nothing
constexpr size_t kChunkBytes = 256 * 1024;  ///< a system call for every 4,096 keys

size_t file_bytes(uint64_t cells) { return kPageBytes + cells * sizeof(Cell); }

fs::path path_of(const fs::path& folder, uint32_t worker, uint64_t number) {
  return folder / (std::string(kPrefix) + std::to_string(worker) + "-" + std::to_string(number));
}

uint64_t next_number(const fs::path& folder, uint32_t worker) {
  uint64_t last = 0;
  for (const SegmentName& segment : list_segments(folder))
    if (segment.worker == worker) last = segment.number;
  return last + 1;
}

/// Of "segment-3-17" 3 and 17; nullopt for another name.
std::optional<std::pair<uint32_t, uint64_t>> parse_name(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  const char* const end = name.data() + name.size();
  uint32_t worker = 0;
  uint64_t number = 0;
  const auto dash = std::from_chars(name.data(), end, worker);
  if (dash.ec != std::errc() || dash.ptr == end || *dash.ptr != '-') return std::nullopt;
  const auto stop = std::from_chars(dash.ptr + 1, end, number);
  if (stop.ec != std::errc() || stop.ptr != end) return std::nullopt;
  return std::pair(worker, number);
}

}  // namespace

Segment::Segment(MappedFile file, fs::path path, size_t allocated)
    : file_(std::move(file)),
      path_(std::move(path)),
      cells_(reinterpret_cast<Cell*>(file_.data() + kPageBytes)),
      allocated_(allocated) {}

Segment Segment::create(const fs::path& folder, uint32_t worker, uint64_t cells, uint64_t taken) {
  const fs::path unborn = folder / ("new-" + std::to_string(worker));
  const size_t first = std::min(std::max(kFirstBytes, file_bytes(taken)), file_bytes(cells));
  MappedFile file = MappedFile::create(unborn, file_bytes(cells), first);
  auto* header = new (file.data()) SegmentHeader{};
  std::memcpy(header->magic, SegmentHeader::kMagic, sizeof header->magic);
  header->version = SegmentHeader::kVersion;
  header->worker = worker;
  header->number = next_number(folder, worker);
  header->identity = random_identity();
  header->cells = cells;
  header->born_ms = boot_ms();
  const fs::path path = path_of(folder, worker, header->number);
  crash_point();
  fs::rename(unborn, path);
  crash_point();
  return Segment(std::move(file), path, first);
}

bool Segment::allocate(uint64_t cells) noexcept {
  const size_t wanted = std::max(file_bytes(cells), allocated_ + kChunkBytes);
  const size_t most = std::min(wanted, file_.size());
  if (!file_.allocate(allocated_, most)) return false;
  allocated_ = most;
  return true;
}

std::optional<Segment> Segment::open(const fs::path& path) {
  try {
    return open_whole(path);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) throw;
  } catch (const std::runtime_error& error) {
    put_aside(path, error.what());
  }
  return std::nullopt;
}

/// Throws std::runtime_error saying what is wrong with the file.
Segment Segment::open_whole(const fs::path& path) {
  MappedFile file = MappedFile::open(path, MappedFile::Access::write);
  if (file.size() < kPageBytes) throw std::runtime_error("it is shorter than its header");
  const auto& header = *reinterpret_cast<const SegmentHeader*>(file.data());
  if (std::memcmp(header.magic, SegmentHeader::kMagic, sizeof header.magic) != 0)
    throw std::runtime_error("it is no segment");
  if (header.version != SegmentHeader::kVersion)
    throw std::runtime_error("its version " + std::to_string(header.version) + " is unknown");
  if (header.cells > file.size() / sizeof(Cell) || file.size() != file_bytes(header.cells))
    throw std::runtime_error("its size is not what its header says");
  file.close_descriptor();
  const size_t allocated = file.size();
  return Segment(std::move(file), path, allocated);
}

std::vector<SegmentName> list_segments(const fs::path& folder) {
  std::vector<SegmentName> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (const auto name = parse_name(entry.path().filename().string()))
      found.push_back({name->first, name->second, entry.path()});
  std::sort(found.begin(), found.end(), [](const SegmentName& a, const SegmentName& b) {
    return std::tie(a.worker, a.number) < std::tie(b.worker, b.number);
  });
  return found;
}

}  // namespace kilometric
