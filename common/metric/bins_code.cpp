#include "common/metric/bins_code.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "common/metric/bits.h"
#include "common/varint.h"

namespace kilometric {
namespace {

constexpr unsigned kDense = 0x10, kParts = 0x20;
constexpr unsigned kMostParameter = 15;

/// A number, and the least parameter of its code.
struct Number {
  uint64_t number;
  unsigned parameter;
};
using Numbers = std::vector<Number>;

/// The two counts before a dense one: their mean is what is expected of it, and the larger they are, the
/// further it is from that.
class Neighbours {
 public:
  uint64_t expected() const { return last_ / 2 + before_ / 2 + (last_ & before_ & 1); }
  unsigned parameter() const { return static_cast<unsigned>(std::bit_width(std::max(last_, before_))) / 2; }
  void pass(uint64_t count) { before_ = std::exchange(last_, count); }

 private:
  uint64_t last_ = 0, before_ = 0;
};

struct Head {
  unsigned flags = kBinScale;
  int64_t first = 0;
  uint64_t bins = 0;
  unsigned counts = 0, gaps = 0;  ///< parameters

  uint64_t unit() const { return (flags & kParts) != 0 ? 1 : Bins::kWhole; }
};

std::string text_of(const Head& head) {
  std::array<std::byte, 2 + 2 * kMostVarintBytes> bytes{};
  std::byte* at = bytes.data();
  *at++ = static_cast<std::byte>(head.flags);
  at = put_varint(put_signed_varint(at, head.first), head.bins);
  *at++ = static_cast<std::byte>(head.gaps << 4 | head.counts);
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<size_t>(at - bytes.data())};
}

bool has_fractions(const Bins& bins) {
  return std::ranges::any_of(bins, [](const Bins::Bin& bin) { return bin.parts % Bins::kWhole != 0; });
}

/// What is to be added to the parameters of codes, so that they take the fewest bits.
struct Choice {
  unsigned parameter = 0;
  uint64_t bits = 0;
};

Choice choose(const Numbers& numbers) {
  uint64_t all = 0;
  for (const Number& each : numbers) all |= each.number;
  const unsigned most = std::min(kMostParameter, static_cast<unsigned>(std::bit_width(all)));
  Choice best{0, std::numeric_limits<uint64_t>::max()};
  for (unsigned parameter = 0; parameter <= most; ++parameter) {
    uint64_t bits = 0;
    for (const Number& each : numbers) bits += golomb_bits(each.number, each.parameter + parameter);
    if (bits < best.bits) best = {parameter, bits};
  }
  return best;
}

class Sparse {
 public:
  Sparse(const Bins& bins, uint64_t unit) {
    int next = bins.front().number;
    for (const Bins::Bin& bin : bins) {
      counts_.push_back({bin.parts / unit - 1, 0});
      gaps_.push_back({static_cast<uint64_t>(bin.number - next), 0});
      next = bin.number + 1;
    }
    gaps_.erase(gaps_.begin());  // the first bin's number is in the head
    count_ = choose(counts_);
    gap_ = choose(gaps_);
  }
  uint64_t bits() const { return count_.bits + gap_.bits; }
  std::string text(Head head) const {
    head.bins = counts_.size();
    head.counts = count_.parameter;
    head.gaps = gap_.parameter;
    BitWriter bits;
    for (size_t at = 0; at < counts_.size(); ++at) {
      if (at > 0) bits.golomb(gaps_[at - 1].number, head.gaps);
      bits.golomb(counts_[at].number, head.counts);
    }
    return text_of(head) + bits.take();
  }

 private:
  Numbers counts_, gaps_;
  Choice count_, gap_;
};

class Dense {
 public:
  Dense(const Bins& bins, uint64_t unit) {
    int next = bins.front().number;
    for (const Bins::Bin& bin : bins) {
      for (; next < bin.number; ++next) add(0);
      add(bin.parts / unit);
      ++next;
    }
    choice_ = choose(differences_);
  }
  uint64_t bits() const { return choice_.bits; }
  std::string text(Head head) const {
    head.flags |= kDense;
    head.bins = differences_.size();
    head.counts = choice_.parameter;
    BitWriter bits;
    for (const Number& each : differences_) bits.golomb(each.number, each.parameter + head.counts);
    return text_of(head) + bits.take();
  }

 private:
  void add(uint64_t count) {
    const auto difference = static_cast<int64_t>(count - before_.expected());
    differences_.push_back({place_of(difference), before_.parameter()});
    before_.pass(count);
  }

  Neighbours before_;
  Numbers differences_;
  Choice choice_;
};

/// The bins behind a head, one after the other.
class Decoder {
 public:
  Decoder(const Head& head, std::string_view bytes)
      : head_(head), bits_(bytes), most_(std::numeric_limits<uint64_t>::max() / head.unit()) {}

  std::optional<Bins> decode() {
    bins_.reserve(head_.bins);
    const bool read = (head_.flags & kDense) != 0 ? read_dense() : read_sparse();
    if (!read || !bits_.at_end() || !needs_its_unit()) return std::nullopt;
    return std::move(bins_);
  }

 private:
  // Both read from a copy of the bits, which no bin can be stored into, as far as the compiler knows: so it
  // stays in registers.
  bool read_sparse() {
    BitReader bits = bits_;
    auto number = static_cast<int>(head_.first);
    for (uint64_t at = 0; at < head_.bins; ++at) {
      uint64_t gap = 0, count = 0;
      if (at > 0) {
        if (!bits.golomb(head_.gaps, gap) || gap > Bins::kMostBins) return false;
        number += static_cast<int>(gap) + 1;
      }
      if (!bits.golomb(head_.counts, count) || count >= most_ || !add(number, count + 1)) return false;
    }
    bits_ = bits;
    return true;
  }
  bool read_dense() {
    BitReader bits = bits_;
    Neighbours before;
    for (uint64_t at = 0; at < head_.bins; ++at) {
      uint64_t difference = 0;
      if (!bits.golomb(before.parameter() + head_.counts, difference)) return false;
      const uint64_t count = before.expected() + static_cast<uint64_t>(at_place(difference));
      before.pass(count);
      const bool at_an_end = at == 0 || at + 1 == head_.bins;
      if ((count == 0 && at_an_end) || !add(static_cast<int>(head_.first) + static_cast<int>(at), count))
        return false;
    }
    bits_ = bits;
    return true;
  }
  bool add(int number, uint64_t count) {
    if (number > kLastBin || count > most_) return false;
    bins_.add(static_cast<int16_t>(number), count * head_.unit());
    return true;
  }
  bool needs_its_unit() const { return head_.unit() != 1 || has_fractions(bins_); }

  const Head head_;
  BitReader bits_;
  const uint64_t most_;  ///< that a count may be
  Bins bins_;
};

}  // namespace

std::string encode(const Bins& bins) {
  Head head;
  if (bins.empty()) return text_of(head);
  if (has_fractions(bins)) head.flags |= kParts;
  head.first = bins.front().number;
  const Sparse sparse(bins, head.unit());
  const auto span = static_cast<uint64_t>(bins.back().number - bins.front().number + 1);
  if (span < sparse.bits())  // dense, a bin takes at least one bit
    if (const Dense dense(bins, head.unit()); dense.bits() < sparse.bits()) return dense.text(head);
  return sparse.text(head);
}

std::optional<Bins> decode_bins(std::string_view bytes) {
  const auto* at = reinterpret_cast<const std::byte*>(bytes.data());
  const std::byte* const end = at + bytes.size();
  if (at == end) return std::nullopt;
  Head head;
  head.flags = static_cast<unsigned>(*at++);
  if ((head.flags & ~(kDense | kParts)) != kBinScale) return std::nullopt;
  at = get_signed_varint(at, end, head.first);
  if (at != nullptr) at = get_varint(at, end, head.bins);
  if (at == nullptr || at == end) return std::nullopt;
  head.counts = static_cast<unsigned>(*at) & 0x0F;
  head.gaps = static_cast<unsigned>(*at++) >> 4;
  if (head.first < -kLastBin || head.first > kLastBin || head.bins > Bins::kMostBins) return std::nullopt;
  return Decoder(head, bytes.substr(bytes.size() - static_cast<size_t>(end - at))).decode();
}

}  // namespace kilometric
