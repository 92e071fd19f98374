#include "ingestd/count/segment.h"

#include <cerrno>
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

constexpr uint32_t kOldestVersion = 2;  ///< without blocks
constexpr uint32_t kLargeCells = 3;     ///< the last version with cells of 64 bytes

size_t file_bytes(const SegmentSize& size) { return kPageBytes + size.bytes(); }

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

Segment::Segment(MappedFile file, fs::path path, SegmentSize taken, uint64_t step)
    : file_(std::move(file)),
      path_(std::move(path)),
      cells_(reinterpret_cast<Cell*>(file_.data() + kPageBytes)),
      blocks_(reinterpret_cast<Block*>(cells_ + header().cells * step)),
      taken_(taken),
      step_(step) {}

Segment Segment::create(const fs::path& folder, uint32_t worker, SegmentSize capacity, SegmentSize taken) {
  const fs::path unborn = folder / ("new-" + std::to_string(worker));
  const uint64_t first_cells = std::max((kFirstBytes - kPageBytes) / sizeof(Cell), taken.cells);
  taken = {std::min(first_cells, capacity.cells), std::min(taken.blocks, capacity.blocks)};
  MappedFile file = MappedFile::create(unborn, file_bytes(capacity), file_bytes({taken.cells, 0}));
  const size_t blocks_at = file_bytes({capacity.cells, 0});
  if (taken.blocks > 0 && !file.allocate(blocks_at, blocks_at + taken.blocks * sizeof(Block))) {
    fs::remove(unborn);
    throw std::system_error(ENOSPC, std::generic_category(), unborn.string());
  }
  auto* header = new (file.data()) SegmentHeader{};
  std::memcpy(header->magic, SegmentHeader::kMagic, sizeof header->magic);
  header->version = SegmentHeader::kVersion;
  header->worker = worker;
  header->number = next_number(folder, worker);
  header->identity = random_identity();
  header->cells = capacity.cells;
  header->blocks = capacity.blocks;
  header->blocks_used.store(1, std::memory_order_relaxed);
  header->born_ms = boot_ms();
  const fs::path path = path_of(folder, worker, header->number);
  crash_point();
  fs::rename(unborn, path);
  crash_point();
  return Segment(std::move(file), path, taken, 1);
}

/// Of what begins at `begin`, cells or blocks. `taken`: how many have their memory.
template <class Unit>
bool Segment::take_memory(const Unit* begin, uint64_t& taken, uint64_t wanted, uint64_t most) noexcept {
  const uint64_t end = std::min(std::max(wanted, taken + kChunkBytes / sizeof(Unit)), most);
  const auto at = static_cast<size_t>(reinterpret_cast<const std::byte*>(begin) - file_.data());
  if (!file_.allocate(at + taken * sizeof(Unit), at + end * sizeof(Unit))) return false;
  taken = end;
  return true;
}
template bool Segment::take_memory(const Cell*, uint64_t&, uint64_t, uint64_t) noexcept;

uint32_t Segment::take_blocks(uint32_t count) noexcept {
  const uint64_t first = header().blocks_used.load(std::memory_order_relaxed);
  const uint64_t end = first + count;
  if (end > header().blocks) return 0;
  if (end > taken_.blocks && !take_memory(blocks_, taken_.blocks, end, header().blocks)) return 0;
  header().blocks_used.store(end, std::memory_order_release);
  return static_cast<uint32_t>(first);
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
  if (header.version < kOldestVersion || header.version > SegmentHeader::kVersion)
    throw std::runtime_error("its version " + std::to_string(header.version) + " is unknown");
  const uint64_t step = header.version <= kLargeCells ? 2 : 1;
  const uint64_t most = file.size() / sizeof(Cell);
  const SegmentSize size{header.cells * step, header.blocks};
  if (header.cells > most || size.blocks > most || file.size() != file_bytes(size))
    throw std::runtime_error("its size is not what its header says");
  file.close_descriptor();
  return Segment(std::move(file), path, size, step);
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
