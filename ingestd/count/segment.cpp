#include "ingestd/count/segment.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "ingestd/system/crash_point.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "segment-";

size_t file_bytes(uint64_t cells) { return kPageBytes + cells * (sizeof(Cell) + sizeof(Mark)); }

/// Gives `from` the lowest free number above all that are there. Workers of one installation do this
/// at the same time; the number goes to who links first.
uint64_t publish(const fs::path& from, const fs::path& folder, SegmentHeader& header) {
  const auto existing = list_segments(folder);
  for (uint64_t number = existing.empty() ? 1 : existing.back().first + 1;; ++number) {
    header.number = number;
    std::error_code error;
    fs::create_hard_link(from, folder / (std::string(kPrefix) + std::to_string(number)), error);
    if (!error) {
      crash_point();
      fs::remove(from);
      return number;
    }
    if (error != std::errc::file_exists) throw std::system_error(error, folder.string());
  }
}

}  // namespace

Segment::Segment(MappedFile file, fs::path path) : file_(std::move(file)), path_(std::move(path)) {
  cells_ = reinterpret_cast<Cell*>(file_.data() + kPageBytes);
  marks_ = reinterpret_cast<Mark*>(cells_ + header().cells);
}

Segment Segment::create(const fs::path& folder, uint32_t worker, uint64_t cells) {
  const fs::path unborn = folder / ("new-" + std::to_string(worker));
  fs::remove(unborn);  // of a predecessor that was killed here
  MappedFile file = MappedFile::create(unborn, file_bytes(cells));
  auto* header = new (file.data()) SegmentHeader{};
  std::memcpy(header->magic, SegmentHeader::kMagic, sizeof header->magic);
  header->version = SegmentHeader::kVersion;
  header->worker = worker;
  header->identity = random_identity();
  header->cells = cells;
  header->born_ms = boot_ms();
  const uint64_t number = publish(unborn, folder, *header);
  return Segment(std::move(file), folder / (std::string(kPrefix) + std::to_string(number)));
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
  return Segment(std::move(file), path);
}

std::vector<std::pair<uint64_t, fs::path>> list_segments(const fs::path& folder) {
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
  return found;
}

}  // namespace kilometric
