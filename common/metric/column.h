// A column: numbers of one meaning, one for each point of an hour, in few bytes. They have a sign and up to 128
// bits; adding and subtracting them wraps around.
//
//   1 byte   form
//            0 equal    the number that all of them are
//            1 framed   base; unit; width, 1 byte; of each number its (number - base) / unit, in so many bits
//            2 coded    base; unit; parameter, 1 byte; size; the same in exp-Golomb codes: shorter where most
//                       numbers are near the base, and some are far from it
//            3 steps    the first number; a column of form 0 to 2: how far each other one is from the one
//            before 4 runs     how many; two columns of form 0 to 2: of each run its number, and how often it
//            stands
//                       there, less 1
//
// Numbers, bases and units are signed varints, counts and sizes varints (common/varint.h); bits and codes are
// as in common/metric/bits.h and fill whole bytes. put_column() takes the form that is shortest.
//
//   42 42 42 42 42           00 54
//   9 10 12 10 10            01 12 02 02 1d 40      base 9, unit 1, width 2: 00 01 11 01 01
//   10 20 30 40 50 60        03 14 00 14            from 10 on, steps of 10
//
// Owned by what reads or writes an hour's points. The bytes may be anybody's: a reader reads nothing outside of
// them, gives as many numbers as it was opened for, and says in the end whether they were a column.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/metric/bits.h"
#include "common/metric/fixed.h"

namespace kilometric {

// A varint. take_size() reads one at the beginning of `bytes`, which then begin behind it; false when there is
// none.
void put_size(std::string& to, uint64_t size);
bool take_size(std::string_view& bytes, uint64_t& size);

enum class ColumnForm : uint8_t { equal, framed, coded, steps, runs };

/// Requires at least one number.
void put_column(std::string& to, std::span<const Wide> numbers);

/// A column of form 0 to 2.
class PlainColumn {
 public:
  /// Requires count > 0. `bytes` begin with the column, and behind it afterwards; false when they do not.
  bool open(std::string_view& bytes, size_t count);

  /// The next numbers. Requires that at most `count` are asked for.
  void read(std::span<Wide> to) noexcept;
  Wide next() noexcept {
    Wide number = 0;
    read({&number, 1});
    return number;
  }
  /// Instead of reading the next `count`: what they add up to, of which the lower half is told.
  uint64_t sum(size_t count) noexcept;

  bool is_equal() const noexcept { return form_ == ColumnForm::equal; }
  Wide base() const noexcept { return base_; }

  /// Requires that all were asked for.
  bool sound() const noexcept { return sound_ && (form_ == ColumnForm::equal || bits_.at_end()); }

 private:
  bool open_bits(std::string_view& bytes, size_t count);
  template <class Units>
  void read_each(std::span<Wide> to, Units next_units) noexcept;
  template <class Units>
  uint64_t sum_each(size_t count, Units next_units) noexcept;
  uint64_t next_code(BitReader& bits) noexcept;

  ColumnForm form_ = ColumnForm::equal;
  bool sound_ = true;
  unsigned width_ = 0;  ///< of the bits; the parameter of codes
  Wide base_ = 0, unit_ = 0;
  BitReader bits_{{}};
};

/// Numbers are read a block at a time: what form they have is then asked once a block.
class Column {
 public:
  // As those of PlainColumn.
  bool open(std::string_view& bytes, size_t count);
  Wide next() noexcept {
    if (at_ == end_) read_block();
    return block_[at_++];
  }
  /// Instead of next(), from the first number on: what the next `count` add up to, of which the lower half is
  /// told.
  uint64_t sum(size_t count) noexcept;

  /// Whether each number is as far from the one before: then what is first, and how far, is all.
  bool is_regular() const noexcept { return form_ != ColumnForm::runs && numbers_.is_equal(); }
  // Both require that it is, and that nothing was read.
  Wide first() const noexcept { return form_ == ColumnForm::steps ? last_ : numbers_.base(); }
  Wide step() const noexcept { return form_ == ColumnForm::steps ? numbers_.base() : 0; }

  bool sound() const noexcept { return numbers_.sound() && (form_ != ColumnForm::runs || repeats_.sound()); }

 private:
  static constexpr size_t kBlock = 64;

  bool open_steps(std::string_view& bytes, size_t count);
  bool open_runs(std::string_view& bytes, size_t count);
  void read_block() noexcept;
  void read_steps(std::span<Wide> to) noexcept;
  void read_runs(std::span<Wide> to) noexcept;

  ColumnForm form_ = ColumnForm::equal;
  bool first_ = true;  ///< of steps
  PlainColumn numbers_, repeats_;
  Wide last_ = 0, repeats_left_ = 0;
  size_t left_ = 0;                 ///< so many numbers are not read yet
  size_t at_ = 0, end_ = 0;         ///< of the block: what is next, and where it ends
  std::array<Wide, kBlock> block_;  ///< is written before it is read
};

}  // namespace kilometric
