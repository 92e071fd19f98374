// The slots of a cluster: which slot a key lies in, which node has it, and where a node sends us for it.
//
// Used by what is connected to a cluster (common/redis/cluster.h, common/redis/guide.h), and by the layout,
// whose tiers lie in the slot of their raw stream. What nodes say is hostile: counts, numbers and names are
// bounded.
#pragma once

#include <hiredis/hiredis.h>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/redis/url.h"

namespace kilometric {

inline constexpr size_t kSlots = 16'384;
using SlotSet = std::bitset<kSlots>;

/// As "0-5460 5462".
std::string slots_text(const SlotSet& slots);

/// Of a key: of what stands between its first '{' and the next '}', when that is not empty; else of all of it.
uint16_t slot_of(std::string_view key) noexcept;

/// The key of a command in Redis' protocol, one of ours: its first argument, of XINFO the second, of EVAL the
/// third; nothing for those that have no key.
std::optional<std::string_view> key_of_command(std::string_view text) noexcept;

struct SlotMap {
  std::vector<RedisUrl::Host> primaries;  ///< which have slots, in the order of their first slot
  std::vector<uint16_t> owners;           ///< of each slot, the index of its primary
  std::vector<RedisUrl::Host> replicas;   ///< who know the cluster, too

  static constexpr size_t kMostPrimaries = 1000;
  static constexpr size_t kMostReplicas = 100;  ///< that are noted

  bool operator==(const SlotMap&) const = default;

  std::vector<SlotSet> slots() const;  ///< of each primary
};

struct SlotAnswer {
  SlotMap map;
  std::string failure;  ///< why it is none; empty when it is one
};

/// The answer to CLUSTER SLOTS. `asked`: who gave it, for what it says of its own host.
SlotAnswer parse_slots(const redisReply& reply, const std::string& asked);

struct Redirect {
  bool ask;  ///< for this command alone, behind an ASKING; else for all of the slot
  uint16_t slot;
  RedisUrl::Host host;
};

/// "MOVED 3999 127.0.0.1:6381" or "ASK ..."; nothing when it is another answer, or a strange one.
std::optional<Redirect> parse_redirect(const redisReply& reply, const std::string& asked);

}  // namespace kilometric
