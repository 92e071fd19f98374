#include "common/redis/slots.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "common/redis/failure.h"
#include "common/redis/reply.h"
#include "common/redis/stream_id.h"

namespace kilometric {
namespace {

constexpr uint16_t kNobody = 0xFFFF;
constexpr size_t kMostHostBytes = 255;

/// CRC-16/XMODEM, a byte at a time.
constexpr std::array<uint16_t, 256> kCrc = [] {
  std::array<uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<uint16_t>(crc);
  }
  return table;
}();

std::string_view hashed_part(std::string_view key) {
  const size_t open = key.find('{');
  if (open == key.npos) return key;
  const size_t close = key.find('}', open + 1);
  return close == key.npos || close == open + 1 ? key : key.substr(open + 1, close - open - 1);
}

/// Takes "$<bytes>\r\n<argument>\r\n" from the front.
std::optional<std::string_view> take_argument(std::string_view& text) {
  const size_t end = text.find("\r\n");
  if (end == text.npos || !text.starts_with('$')) return std::nullopt;
  const auto bytes = parse_digits(text.substr(1, end - 1));
  if (!bytes || *bytes > text.size() - end - 2) return std::nullopt;
  const std::string_view argument = text.substr(end + 2, *bytes);
  text.remove_prefix(std::min(text.size(), end + 2 + argument.size() + 2));
  return argument;
}

bool is_host(std::string_view name) {
  const auto bad = [](unsigned char c) { return c <= 0x20 || c >= 0x7F; };
  return !name.empty() && name.size() <= kMostHostBytes && std::none_of(name.begin(), name.end(), bad);
}

/// [host, port, ...]; a port of 0 when there is none. A node that does not know its own host says nothing.
RedisUrl::Host parse_node(const redisReply& node, const std::string& asked) {
  if (node.type != REDIS_REPLY_ARRAY || node.elements < 2 || node.element[1]->type != REDIS_REPLY_INTEGER)
    return {};
  const std::string_view said = reply_text(node.element[0]);
  const std::string_view name = said.empty() || said == "?" ? std::string_view(asked) : said;
  const long long port = node.element[1]->integer;
  if (!is_host(name) || port < 1 || port > 65'535) return {};
  return {std::string(name), static_cast<uint16_t>(port)};
}

/// Of a host in a list; it is added when it is not there.
size_t index_of(std::vector<RedisUrl::Host>& hosts, const RedisUrl::Host& host) {
  const auto found = std::ranges::find(hosts, host);
  if (found != hosts.end()) return static_cast<size_t>(found - hosts.begin());
  hosts.push_back(host);
  return hosts.size() - 1;
}

/// [first slot, last slot, primary, replicas ...]. False when it is no such range.
bool take_range(const redisReply& range, const std::string& asked, SlotMap& map) {
  if (range.type != REDIS_REPLY_ARRAY || range.elements < 3) return false;
  const redisReply &first = *range.element[0], &last = *range.element[1];
  if (first.type != REDIS_REPLY_INTEGER || last.type != REDIS_REPLY_INTEGER || first.integer < 0 ||
      last.integer < first.integer || last.integer >= static_cast<long long>(kSlots))
    return false;
  const RedisUrl::Host primary = parse_node(*range.element[2], asked);
  if (primary.port == 0) return false;
  const size_t index = index_of(map.primaries, primary);
  if (index >= SlotMap::kMostPrimaries) return false;
  for (auto slot = first.integer; slot <= last.integer; ++slot) {
    uint16_t& owner = map.owners[static_cast<size_t>(slot)];
    if (std::exchange(owner, static_cast<uint16_t>(index)) != kNobody) return false;
  }
  for (size_t i = 3; i < range.elements && map.replicas.size() < SlotMap::kMostReplicas; ++i)
    if (const RedisUrl::Host replica = parse_node(*range.element[i], asked); replica.port != 0)
      index_of(map.replicas, replica);
  return true;
}

/// The primaries in the order of their first slot, whatever the order of the answer.
void sort_primaries(SlotMap& map) {
  std::vector<RedisUrl::Host> sorted;
  std::vector<uint16_t> places(map.primaries.size(), kNobody);
  for (uint16_t& owner : map.owners) {
    if (places[owner] == kNobody) {
      places[owner] = static_cast<uint16_t>(sorted.size());
      sorted.push_back(map.primaries[owner]);
    }
    owner = places[owner];
  }
  map.primaries = std::move(sorted);
}

/// "5461-10922", the first slots that are like the one at `from`.
template <class Slots>
std::string range_text(const Slots& owners, size_t from, size_t& end) {
  end = from;
  while (end < owners.size() && owners[end] == owners[from]) ++end;
  return end - from == 1 ? std::to_string(from) : fmt::format("{}-{}", from, end - 1);
}

}  // namespace

uint16_t slot_of(std::string_view key) noexcept {
  unsigned crc = 0;
  for (const char byte : hashed_part(key))
    crc = ((crc << 8) ^ kCrc[((crc >> 8) ^ static_cast<unsigned char>(byte)) & 0xFF]) & 0xFFFF;
  return static_cast<uint16_t>(crc % kSlots);
}

std::optional<std::string_view> key_of_command(std::string_view text) noexcept {
  const size_t end = text.find("\r\n");
  if (end == text.npos) return std::nullopt;
  text.remove_prefix(end + 2);
  const auto name = take_argument(text);
  if (!name || *name == "TIME" || *name == "INFO" || *name == "SCAN" || *name == "PING") return std::nullopt;
  for (int more = *name == "EVAL" ? 2 : *name == "XINFO" ? 1 : 0; more > 0; --more) take_argument(text);
  return take_argument(text);
}

std::string slots_text(const SlotSet& slots) {
  std::string text;
  for (size_t from = 0, end = 0; from < kSlots; from = end) {
    const std::string range = range_text(slots, from, end);
    if (slots[from]) text += (text.empty() ? "" : " ") + range;
  }
  return text;
}

std::vector<SlotSet> SlotMap::slots() const {
  std::vector<SlotSet> slots(primaries.size());
  for (size_t slot = 0; slot < owners.size(); ++slot) slots[owners[slot]].set(slot);
  return slots;
}

SlotAnswer parse_slots(const redisReply& reply, const std::string& asked) {
  if (reply.type == REDIS_REPLY_ERROR) return {{}, failure_of("CLUSTER", reply_text(&reply))};
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements > kSlots) return {{}, "it answers with no slots"};
  SlotMap map;
  map.owners.assign(kSlots, kNobody);
  for (size_t i = 0; i < reply.elements; ++i)
    if (!take_range(*reply.element[i], asked, map)) return {{}, "it answers with strange slots"};
  const auto none = std::ranges::find(map.owners, kNobody);
  if (none == map.owners.end()) {
    sort_primaries(map);
    return {std::move(map), ""};
  }
  size_t end = 0;
  const std::string range = range_text(map.owners, static_cast<size_t>(none - map.owners.begin()), end);
  const auto other = std::find(map.owners.begin() + static_cast<ptrdiff_t>(end), map.owners.end(), kNobody);
  return {{}, fmt::format("no node has the slots {}{}", range, other == map.owners.end() ? "" : " and others")};
}

std::optional<Redirect> parse_redirect(const redisReply& reply, const std::string& asked) {
  const bool ask = is_error(&reply, "ASK");
  if (!ask && !is_error(&reply, "MOVED")) return std::nullopt;
  std::string_view text = reply_text(&reply);
  text.remove_prefix(std::min(text.size(), text.find(' ') + 1));
  const size_t space = text.find(' '), colon = text.rfind(':');
  if (space == text.npos || colon == text.npos || colon < space) return std::nullopt;
  const auto slot = parse_digits(text.substr(0, space)), port = parse_digits(text.substr(colon + 1));
  const std::string_view said = text.substr(space + 1, colon - space - 1);
  const std::string_view name = said.empty() || said == "?" ? std::string_view(asked) : said;
  if (!slot || *slot >= kSlots || !port || *port == 0 || *port > 65'535 || !is_host(name)) return std::nullopt;
  return Redirect{ask, static_cast<uint16_t>(*slot), {std::string(name), static_cast<uint16_t>(*port)}};
}

}  // namespace kilometric
