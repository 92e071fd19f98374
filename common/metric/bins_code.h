// Bins in binary, as entries and batches hold them.
//
//   1 byte    5, the scale; + 0x10: dense; + 0x20: counts are in 1/1,024ths, as not all of them are whole
//   varint    the number of the first bin, signed
//   varint    how many bins follow
//   1 byte    the parameters of the codes: the lower four bits for counts, the upper four for gaps
//   bits      sparse   of each bin how many empty ones are before it (not of the first), and its count - 1
//             dense    of each bin, empty ones too, its count - the mean of the two before, rounded down,
//             signed;
//                      half the bits of the larger of these two, rounded down, are added to the parameter
//
// Three samples of 1, 2 and 2:
//
//   05 82 0f 02 50 fe 80    sparse; the first is bin 961; two bins, with the parameters 0 and 5
//                           1: no more than one sample; 1 11111: 31 empty bins; 010: one more than one sample
//
// Varints are as in common/varint.h, the bits as in common/metric/bits.h; what has a sign takes the places 0,
// -1, 1, -2, 2 ... in both. encode() takes what is shorter, and the parameters that make it shortest.
//
// What is decoded may be anybody's: bits that are cut, or left over; an empty bin at an end; a number or a
// count beyond the last; counts in 1/1,024ths that are all whole: none of these are bins.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "common/metric/bins.h"

namespace kilometric {

/// That encode() makes: of every bin with a count of 64 bits at most 114 bits.
inline constexpr size_t kMostBinsBytes = 8 + (Bins::kMostBins * 114 + 7) / 8;

std::string encode(const Bins& bins);
std::optional<Bins> decode_bins(std::string_view bytes);

}  // namespace kilometric
