#include "ingestd/count/known_keys.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "common/clock.h"

namespace kilometric {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kKeysPerBlock = 32;
constexpr uint64_t kMixer = 0x9E37'79B9'7F4A'7C15;  ///< 2^64 divided by the golden ratio: spreads the bits

/// Six bits of the mixed hash choose the bit in each of the eight words.
uint64_t bit_of(uint64_t mixed, unsigned word) noexcept {
  return uint64_t{1} << (mixed >> (16 + 6 * word) & 63);
}

}  // namespace

fs::path KnownKeys::path(const fs::path& folder, unsigned worker) {
  return folder / ("known-" + std::to_string(worker));
}

KnownKeys::KnownKeys(const fs::path& folder, unsigned worker, uint64_t max_keys)
    : max_keys_(max_keys), blocks_(max_keys / kKeysPerBlock + 1) {
  const fs::path path = KnownKeys::path(folder, worker);
  try {
    file_ = MappedFile::open(path, MappedFile::Access::write);
    if (is_whole()) return;
  } catch (const std::runtime_error&) {
    // there is none yet, or what is there cannot be used
  }
  file_ = MappedFile::create(path, kPageBytes + 2 * blocks_ * sizeof(Block));
  auto* header = new (file_.data()) Header{};
  header->blocks = blocks_;
  header->began_ms = boot_ms();
  for (Identity& part : header->secret) part = random_identity();
  std::memcpy(header->magic, Header::kMagic, sizeof header->magic);
}

bool KnownKeys::is_whole() const noexcept {
  static_assert(sizeof(Header) <= kPageBytes);
  return file_.size() == kPageBytes + 2 * blocks_ * sizeof(Block) &&
         std::memcmp(header().magic, Header::kMagic, sizeof header().magic) == 0 &&
         header().blocks == blocks_ && header().newer <= 1;
}

bool KnownKeys::holds(uint64_t generation, uint64_t hash) const noexcept {
  const uint64_t mixed = hash * kMixer;
  const Block& block = this->block(generation, hash);
  uint64_t missing = 0;
  for (unsigned word = 0; word < kWords; ++word) missing |= bit_of(mixed, word) & ~block.words[word];
  return missing == 0;
}

bool KnownKeys::knows(uint64_t hash) const noexcept {
  return holds(header().newer, hash) || holds(1 - header().newer, hash);
}

void KnownKeys::note(uint64_t hash) noexcept {
  Header& header = this->header();
  if (holds(header.newer, hash)) return;
  uint64_t& older_keys = header.keys[1 - header.newer];
  if (holds(1 - header.newer, hash) && older_keys > 0) --older_keys;
  ++header.keys[header.newer];
  const uint64_t mixed = hash * kMixer;
  Block& block = this->block(header.newer, hash);
  for (unsigned word = 0; word < kWords; ++word) block.words[word] |= bit_of(mixed, word);
}

void KnownKeys::grow_old(int64_t now_ms) noexcept {
  Header& header = this->header();
  for (int generations = 0; generations < 2 && now_ms - header.began_ms >= kGenerationMs; ++generations) {
    header.newer = 1 - header.newer;
    header.began_ms += kGenerationMs;
    header.keys[header.newer] = 0;
    Block* const first = reinterpret_cast<Block*>(file_.data() + kPageBytes) + header.newer * blocks_;
    std::fill_n(first, blocks_, Block{});
  }
  if (now_ms - header.began_ms >= kGenerationMs) header.began_ms = now_ms;  // nobody was here for hours
}

}  // namespace kilometric
