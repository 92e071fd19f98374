// The keys that a worker has seen within the hour, so that MAX_KEYS can bound them: a known key goes on, a new
// one is refused once there are that many. As the hour moves on they are forgotten by halves: a generation
// lasts half an hour, the one before it is still known, the one before that is not.
//
// Each generation is a Bloom filter in blocks of a cache line: a key has eight bits in one block, one in each
// word. At 16 bits a key one new key in a thousand is taken for a known one; those are let through.
//
// It lies in the file `known-<worker>` in the runtime folder, so that a worker's successor knows the same keys,
// with the secret of the hash that chooses the bits. Who writes and reads: the worker that holds the lock of
// its worker's file. A file of another size or version is made anew: then all keys are new.
//
//   0      header: magic, version, bytes, secret, two generations' counts of keys, when the newer one began
//   4096   blocks of generation 0, then of generation 1: 64 bytes for every 32 keys of MAX_KEYS
#pragma once

#include <cstdint>
#include <filesystem>

#include "ingestd/count/key_hash.h"
#include "ingestd/system/mapped_file.h"

namespace kilometric {

class KnownKeys {
 public:
  static constexpr int64_t kGenerationMs = 1'800'000;

  static std::filesystem::path path(const std::filesystem::path& folder, unsigned worker);

  /// Throws std::system_error when there is no room for the file.
  KnownKeys(const std::filesystem::path& folder, unsigned worker, uint64_t max_keys);

  /// The secret that the hashes given here are to be made with.
  const KeyHash::Secret& secret() const noexcept { return header().secret; }

  bool knows(uint64_t hash) const noexcept;
  /// Whether MAX_KEYS are known.
  bool is_full() const noexcept { return size() >= max_keys_; }
  /// The key with this hash is known from now on.
  void note(uint64_t hash) noexcept;

  /// What to ask the memory for ahead of knows(). An address, as GCC drops calls of a function that does
  /// nothing but ask for it.
  const void* place(uint64_t hash) const noexcept { return &block(header().newer, hash); }

  /// Begins a new generation when the newer one is half an hour old. To be called now and then.
  void grow_old(int64_t now_ms) noexcept;

  /// How many are known; a key counts once.
  uint64_t size() const noexcept { return header().keys[0] + header().keys[1]; }

 private:
  static constexpr unsigned kWords = 8;
  struct alignas(64) Block {
    uint64_t words[kWords];
  };
  struct Header {
    static constexpr char kMagic[8] = {'K', 'M', 'K', 'N', 'O', 'W', 'N', '1'};

    char magic[8];
    uint64_t blocks;  ///< of one generation
    KeyHash::Secret secret;
    uint64_t keys[2];  ///< of a generation; what came into the newer one from the older counts there alone
    uint64_t newer;    ///< 0 or 1
    int64_t began_ms;  ///< the newer one, by boot_ms()
  };

  Header& header() const noexcept { return *reinterpret_cast<Header*>(file_.data()); }
  Block& block(uint64_t generation, uint64_t hash) const noexcept {
    const uint64_t at = (hash >> 32) * blocks_ >> 32;
    return reinterpret_cast<Block*>(file_.data() + kPageBytes)[generation * blocks_ + at];
  }
  bool holds(uint64_t generation, uint64_t hash) const noexcept;
  bool is_whole() const noexcept;

  MappedFile file_;
  uint64_t max_keys_;
  uint64_t blocks_;  ///< of one generation
};

}  // namespace kilometric
