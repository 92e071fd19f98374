#include "ingestd/count/old_segment.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include "ingestd/count/segment.h"
#include "ingestd/count/undo_log.h"
#include "ingestd/system/aside.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "segment-";
constexpr uint32_t kVersion = 1;

}  // namespace

std::optional<OldSegment> OldSegment::open(const fs::path& path) {
  try {
    return open_whole(path);
  } catch (const std::system_error& error) {
    if (error.code() != std::errc::no_such_file_or_directory) throw;
  } catch (const std::runtime_error& error) {
    put_aside(path, error.what());
  }
  return std::nullopt;
}

OldSegment OldSegment::open_whole(const fs::path& path) {
  static_assert(sizeof(Cell) == 64 && offsetof(Cell, key) == kKeyAt && sizeof(MarkOfCell) == 16);
  static_assert(offsetof(Header, cells_used) == 64 && offsetof(Header, last_batch) == 128);
  MappedFile file = MappedFile::open(path, MappedFile::Access::write);
  if (file.size() < kPageBytes) throw std::runtime_error("it is shorter than its header");
  const auto& header = *reinterpret_cast<const Header*>(file.data());
  if (std::memcmp(header.magic, SegmentHeader::kMagic, sizeof header.magic) != 0)
    throw std::runtime_error("it is no segment");
  if (header.version != kVersion)
    throw std::runtime_error("its version " + std::to_string(header.version) + " is unknown");
  if (header.cells > file.size() / sizeof(Cell) ||
      file.size() != kPageBytes + header.cells * (sizeof(Cell) + sizeof(MarkOfCell)))
    throw std::runtime_error("its size is not what its header says");
  file.close_descriptor();
  return OldSegment(std::move(file), path);
}

void OldSegment::undo(const UndoLog& log) const noexcept {
  if (log.segment != identity()) return;
  const uint64_t used = std::min(this->used(), header().cells);
  for (size_t i = 0; i < log.entries; ++i) {
    const UndoLog::Entry& before = log.before[i];
    if (before.cell >= used) continue;  // noise in the file
    cell(before.cell).whole = before.whole;
    cell(before.cell).millionths = before.millionths;
    crash_point();
  }
}

void OldSegment::store_marks(const std::vector<Mark>& marks, uint64_t batch) const noexcept {
  for (const Mark& mark : marks) {
    crash_point();
    if (mark.cell < header().cells) this->mark(mark.cell) = {mark.whole, mark.millionths};
  }
  crash_point();
  header().last_batch.store(batch, std::memory_order_release);
}

Amount OldSegment::gain_of(uint64_t at) const noexcept {
  return {static_cast<int64_t>(cell(at).whole - mark(at).whole),
          static_cast<int64_t>(cell(at).millionths - mark(at).millionths)};
}

std::vector<fs::path> list_old_segments(const fs::path& folder) {
  std::vector<std::pair<uint64_t, fs::path>> found;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    uint64_t number = 0;
    const char* const end = name.data() + name.size();
    const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, number);
    if (error == std::errc() && stop == end) found.emplace_back(number, entry.path());
  }
  std::sort(found.begin(), found.end());
  std::vector<fs::path> paths;
  paths.reserve(found.size());
  for (auto& [number, path] : found) paths.push_back(std::move(path));
  return paths;
}

}  // namespace kilometric
