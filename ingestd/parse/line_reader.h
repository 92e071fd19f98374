// Reads the lines of a text one after another: next_line and parse_line in one pass for the lines that
// nearly everybody sends, which cost a quarter so: `key:<digits>|c`, inline, as the lines of a worker all go
// through here; and of the other kinds one sample without a sign or an exponent; both with tags behind the
// type.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/metric/key.h"
#include "ingestd/parse/statsd.h"

namespace kilometric {

class LineReader {
 public:
  /// From `at` on, where a line begins.
  explicit LineReader(std::string_view text, size_t at = 0)
      : begin_(text.data()), next_(begin_ + at), end_(begin_ + text.size()) {}

  bool done() const noexcept { return next_ >= end_; }

  /// Where the next line begins.
  size_t at() const noexcept { return static_cast<size_t>(next_ - begin_); }

  /// The line that was read last, when it has `several` samples: for a SampleReader.
  std::string_view several() const noexcept { return several_; }

  /// What a line is: kNothing, an empty one, counts for nothing. A kSpecial one has several samples, or tags
  /// behind its type.
  enum Read : uint8_t { kNothing, kPlain, kSpecial };

  [[gnu::always_inline]] Read read(Line& line) noexcept {
    const char* const colon = read_plain_key(next_, end_, line);
    if (!colon) return read_any(line);
    const char* const type_end = read_plain_value(colon, end_, line);
    if (!type_end) return read_any(line);
    const char* const behind = behind_line_end(type_end, end_);
    if (!behind) return read_sections(line, type_end);
    next_ = behind;
    return kPlain;
  }

  /// The section of tags of the line that was read last, when it is a special one; without data() when it has
  /// none.
  std::string_view tags() const noexcept { return tags_; }

 private:
  Read read_any(Line& line) noexcept;
  Read read_sections(Line& line, const char* type_end) noexcept;

  /// What is no counter, and begins with `digits` at `p`. Returns what follows the type, or nullptr when it is
  /// another kind of line, here and below.
  static const char* read_plain_sample(const char* colon, const char* p, uint64_t digits, const char* end,
                                       Line& line) noexcept;

  /// The key and what all plain lines have in common. Returns where the key ends, at least four bytes before
  /// the text does; nullptr when it is another kind of line.
  [[gnu::always_inline]] static const char* read_plain_key(const char* p, const char* end,
                                                           Line& line) noexcept {
    const char* const colon = find<':'>(p, end);
    const auto key_bytes = static_cast<size_t>(colon - p);
    if (key_bytes - 1 >= kMaxKeyBytes || end - colon < 4 || *p == kByteOrderMark[0] || *p == kEventFirst)
      return nullptr;
    line.key = {p, key_bytes};
    line.outcome = Outcome::accepted;
    line.kind = Kind::counter;
    line.several = false;
    line.ends_line = true;
    line.sent = nullptr;
    return colon;
  }

  /// `p`: where the line end is to be.
  [[gnu::always_inline]] static const char* behind_line_end(const char* p, const char* end) noexcept {
    if (p == end) return p;
    if (*p == '\n') return p + 1;
    if (*p != '\r') return nullptr;
    if (++p == end) return p;
    return *p == '\n' ? p + 1 : nullptr;
  }

  [[gnu::always_inline]] static const char* read_plain_value(const char* colon, const char* end,
                                                             Line& line) noexcept {
    uint64_t value = 0;
    const char* p = read_one_digit(colon, value);
    if (!p) {
      p = read_digits(colon + 1, end, value);
      if (!is_counter(colon, p, end)) return read_plain_sample(colon, p, value, end, line);
      p += 2;
    }
    line.amount = {static_cast<int64_t>(value), 0};
    return p;
  }

  /// `:1|c`, by far the commonest: all four bytes at once, the digit's masked out.
  static const char* read_one_digit(const char* colon, uint64_t& value) noexcept {
    using Four = std::array<unsigned char, 4>;
    constexpr auto kMask = std::bit_cast<uint32_t>(Four{0xFF, 0, 0xFF, 0xFF});
    constexpr auto kPlain = std::bit_cast<uint32_t>(Four{':', 0, '|', 'c'});
    uint32_t four;
    std::memcpy(&four, colon, sizeof four);
    const uint64_t digit = static_cast<unsigned char>(colon[1]) - uint64_t{'0'};
    if ((four & kMask) != kPlain || digit > 9) return nullptr;
    value = digit;
    return colon + 4;
  }

  /// Appends the digits at `p` to `value`. Returns where they end.
  static const char* read_digits(const char* p, const char* end, uint64_t& value) noexcept {
    for (unsigned digit; p != end && (digit = static_cast<unsigned char>(*p) - '0') <= 9; ++p)
      value = value * 10 + digit;
    return p;
  }

  static constexpr char kEventFirst = '_';  ///< of `_e{2,1}:42|c`, which looks like a counter

  static constexpr ptrdiff_t kMostDigits = 15;  ///< below 2^53 whatever they are

  /// `:123|c`, of which the digits end at `p`.
  static bool is_counter(const char* colon, const char* p, const char* end) noexcept {
    const ptrdiff_t digits = p - colon - 1;
    return end - p >= 2 && p[0] == '|' && p[1] == 'c' && *colon == ':' && digits >= 1 && digits <= kMostDigits;
  }

  /// The first `kMark`, line end, blank or control character, or `end`: a key with a blank is read_any()'s.
  /// Sixteen bytes at a time where SSE2 is there: keys are so short that a call of memchr costs more than its
  /// search.
  template <char kMark>
  [[gnu::always_inline]] static const char* find(const char* p, const char* end) noexcept {
#ifdef __SSE2__
    const __m128i marks = _mm_set1_epi8(kMark), blanks = _mm_set1_epi8(' ');
    for (; end - p >= 16; p += 16) {
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
      const __m128i below = _mm_cmpeq_epi8(_mm_min_epu8(bytes, blanks), bytes);  // or a blank
      const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(bytes, marks), below);
      const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
      if (mask != 0) return p + std::countr_zero(mask);
    }
#endif
    while (p != end && *p != kMark && static_cast<unsigned char>(*p) > ' ') ++p;
    return p;
  }

  std::string_view several_;
  std::string_view tags_;
  const char* begin_;
  const char* next_;
  const char* end_;
};

}  // namespace kilometric
