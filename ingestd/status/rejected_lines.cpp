#include "ingestd/status/rejected_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <iterator>
#include <new>
#include <stdexcept>

#include "common/clock.h"
#include "common/log.h"
#include "ingestd/system/atomic_file.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

int64_t coarse_ms() noexcept { return clock_ms(CLOCK_MONOTONIC_COARSE); }

std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c >= ' ' && c <= '~' && c != '\\')
      result += c;
    else
      result += fmt::format("\\x{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// Copies what fits, and says how much that was.
template <size_t kRoom>
uint8_t fill(char (&room)[kRoom], std::string_view text) noexcept {
  static_assert(kRoom <= UINT8_MAX);
  const size_t bytes = std::min(text.size(), kRoom);
  std::memcpy(room, text.data(), bytes);
  return static_cast<uint8_t>(bytes);
}

}  // namespace

fs::path RejectedLines::path(const fs::path& folder, unsigned worker) {
  return folder / ("rejected-" + std::to_string(worker));
}

RejectedLines::RejectedLines(const fs::path& folder, unsigned worker) noexcept {
  const fs::path path = RejectedLines::path(folder, worker);
  try {
    file_ = MappedFile::open(path, MappedFile::Access::write);
  } catch (const std::runtime_error&) {
    // there is none yet, or what is there cannot be used
  }
  if (file_ && is_whole(file_)) return;
  try {
    file_ = make(path);
  } catch (const std::exception& error) {
    log_warning("no rejected lines will be shown: {}", error.what());
    file_ = MappedFile();
  }
}

bool RejectedLines::is_whole(const MappedFile& file) noexcept {
  const auto& header = *reinterpret_cast<const Header*>(file.data());
  return file.size() == kFileBytes && std::memcmp(header.magic, Header::kMagic, sizeof header.magic) == 0 &&
         header.slot_bytes == sizeof(Slot);
}

MappedFile RejectedLines::make(const fs::path& path) {
  return map_whole(path, kFileBytes, [](const MappedFile& file) {
    auto* const header = new (file.data()) Header{};
    std::memcpy(header->magic, Header::kMagic, sizeof header->magic);
    header->slot_bytes = sizeof(Slot);
  });
}

bool RejectedLines::due(Outcome outcome) const noexcept {
  return file_ && coarse_ms() >= due_ms_[static_cast<size_t>(outcome)];
}

void RejectedLines::keep(Outcome outcome, Via via, std::string_view sender, std::string_view line) noexcept {
  if (!file_) return;
  due_ms_[static_cast<size_t>(outcome)] = coarse_ms() + kLeastGapMs;
  Slot* const first = slots(file_, static_cast<size_t>(outcome));
  Slot& slot = *std::min_element(
      first, first + kSlots, [](const Slot& a, const Slot& b) { return a.content.at_ms < b.content.at_ms; });
  const uint64_t turn =
      slot.turn.load(std::memory_order_relaxed) | 1;  // odd already when its writer was killed
  slot.turn.store(turn, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  slot.content.at_ms = boot_ms();
  slot.content.line_bytes = line.size();
  slot.content.via = static_cast<uint8_t>(via);
  slot.content.sender_bytes = fill(slot.content.sender, sender);
  slot.content.text_bytes = fill(slot.content.text, line);
  slot.turn.store(turn + 1, std::memory_order_release);
}

bool RejectedLines::read(const Slot& slot, RejectedLine& line) {
  const uint64_t turn = slot.turn.load(std::memory_order_acquire);
  Content content;
  std::memcpy(&content, &slot.content, sizeof content);
  std::atomic_thread_fence(std::memory_order_acquire);
  const bool torn = turn % 2 != 0 || slot.turn.load(std::memory_order_relaxed) != turn;
  if (torn || content.at_ms <= 0 || content.at_ms > boot_ms() || content.via >= std::size(kViaNames))
    return false;
  line.at_ms = content.at_ms;
  line.via = static_cast<Via>(content.via);
  line.sender = printable({content.sender, std::min<size_t>(content.sender_bytes, sizeof content.sender)});
  line.text = printable({content.text, std::min<size_t>(content.text_bytes, sizeof content.text)});
  line.bytes = content.line_bytes;
  return true;
}

void RejectedLines::read(const MappedFile& file, std::vector<RejectedLine>& lines) {
  for (size_t outcome = 1; outcome < kOutcomes; ++outcome)
    for (size_t slot = 0; slot < kSlots; ++slot)
      if (RejectedLine line{}; read(slots(file, outcome)[slot], line)) {
        line.outcome = static_cast<Outcome>(outcome);
        lines.push_back(std::move(line));
      }
}

std::vector<RejectedLine> RejectedLines::recent(const fs::path& folder, unsigned workers) {
  std::vector<RejectedLine> lines;
  for (unsigned worker = 0; worker < workers; ++worker) {
    try {
      const MappedFile file = MappedFile::open(path(folder, worker), MappedFile::Access::read);
      if (is_whole(file)) read(file, lines);
    } catch (const std::runtime_error&) {
      // not there yet, or there was no room for it
    }
  }
  std::ranges::stable_sort(lines, std::greater(), &RejectedLine::at_ms);
  return lines;
}

std::string_view line_around(std::string_view text, const char* within) noexcept {
  const char* const end = text.data() + text.size();
  if (std::less<>()(within, text.data()) || std::greater<>()(within, end)) return {};
  const std::string_view before(text.data(), static_cast<size_t>(within - text.data()));
  const size_t begin = before.rfind('\n') + 1;  // 0 when there is none
  std::string_view line = text.substr(begin, text.find('\n', before.size()) - begin);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace kilometric
