#include "common/redis/layout.h"

#include <charconv>
#include <vector>

#include "common/redis/slots.h"

namespace kilometric::layout {
namespace {

/// Of each slot the least number that lies in it, in decimal digits.
std::vector<uint32_t> find_numbers() {
  std::vector<uint32_t> numbers(kSlots, UINT32_MAX);
  size_t left = kSlots;
  char digits[10];
  for (uint32_t number = 0; left > 0; ++number) {  // there are such up to 109,757
    const char* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    uint32_t& least = numbers[slot_of({digits, static_cast<size_t>(end - digits)})];
    if (least != UINT32_MAX) continue;
    least = number;
    --left;
  }
  return numbers;
}

}  // namespace

std::string tier_name(std::string_view prefix, Kind kind, std::string_view key, bool in_cluster) {
  if (!in_cluster) return name_of(prefix, key);
  static const std::vector<uint32_t> numbers = find_numbers();
  std::string name(prefix);
  name.append("{").append(std::to_string(numbers[slot_of(stream_name(kind, key))]));
  return name.append("}").append(key);
}

}  // namespace kilometric::layout
