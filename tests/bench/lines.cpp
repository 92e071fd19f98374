#include "tests/bench/lines.h"

#include <algorithm>
#include <cmath>
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

/// In no order; with a name of usual length and their values 60 bytes.
constexpr const char* kTags[kMostTags] = {"host", "env", "zone"};

class Lines {
 public:
  explicit Lines(const LineStyle& style) : style_(style) {}

  std::string make(size_t key) {
    char text[64];
    std::snprintf(text, sizeof text, "shop.web.requests.%07zu", key);
    std::string name = text;
    name.resize(std::max(style_.key_bytes, name.size()), 'x');
    std::string line = name + ":" + value() + "|" + style_.type;
    for (size_t tag = 0; tag < style_.tags; ++tag) {
      std::snprintf(text, sizeof text, "%c%s:v%05zu", tag == 0 ? '#' : ',', kTags[tag], key % 100'000);
      line += tag == 0 ? "|" : "";
      line += text;
    }
    return line;
  }

 private:
  std::string value() {
    if (style_.type == "c") return "1";  // the commonest line
    char text[32];
    if (style_.type == "s")
      std::snprintf(text, sizeof text, "user-%04zu", static_cast<size_t>(random_() % 10'000));
    else
      write_three_digits(text, sizeof text);
    return text;
  }
  /// Four characters: 1.23, 12.3, 123.
  void write_three_digits(char* text, size_t bytes) {
    const double value = std::clamp(std::pow(10.0, normal_(random_)), 1.0, 999.0);
    const int places = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    std::snprintf(text, bytes, places == 0 ? "%.*f." : "%.*f", places, value);
  }

  const LineStyle& style_;
  std::mt19937_64 random_{20240301};
  std::normal_distribution<double> normal_{1.5, 0.5};  ///< of the decimal logarithm
};

}  // namespace

std::vector<std::string> make_packets(size_t keys, size_t lines, size_t least, const LineStyle& style) {
  const size_t count = std::max(least, (keys + lines - 1) / lines);
  Shuffle shuffle(keys);
  Lines maker(style);
  std::vector<std::string> packets(count);
  for (std::string& packet : packets) {
    for (size_t i = 0; i < lines; ++i) {
      if (i > 0) packet += '\n';
      packet += maker.make(shuffle.next());
    }
  }
  return packets;
}

}  // namespace bench
