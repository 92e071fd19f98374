#include "tests/bench/lines.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <random>

namespace bench {
namespace {

/// Every key once, in random order; then again in another one, for ever.
class Shuffle {
 public:
  explicit Shuffle(size_t keys) : order_(keys), next_(keys) { std::iota(order_.begin(), order_.end(), 0); }

  size_t next() {
    if (next_ == order_.size()) {
      std::shuffle(order_.begin(), order_.end(), random_);
      next_ = 0;
    }
    return order_[next_++];
  }

 private:
  std::vector<size_t> order_;
  size_t next_;
  std::mt19937_64 random_{20240229};  // any number; fixed, so that runs compare
};

/// A counter of one, the commonest line.
std::string line(size_t key, size_t key_bytes) {
  char text[64];
  std::snprintf(text, sizeof text, "shop.web.requests.%07zu", key);
  std::string name = text;
  name.resize(std::max(key_bytes, name.size()), 'x');
  return name + ":1|c";
}

}  // namespace

std::vector<std::string> make_packets(size_t keys, size_t lines, size_t least, size_t key_bytes) {
  const size_t count = std::max(least, (keys + lines - 1) / lines);
  Shuffle shuffle(keys);
  std::vector<std::string> packets(count);
  for (std::string& packet : packets) {
    for (size_t i = 0; i < lines; ++i) {
      if (i > 0) packet += '\n';
      packet += line(shuffle.next(), key_bytes);
    }
  }
  return packets;
}

}  // namespace bench
