// Rounding to bfloat16, and packing in pairs along the depth of a product (Bfloat16Kernels in kernels/kernels.h).
#pragma once

#include <cstdint>

#include "matrix/pair.h"
#include "matrix/panels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

/// x rounded to bfloat16, ties to even, as the bits of a float: the lower half is 0. NaN stays NaN.
inline uint32_t rounded(float x) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, x);
  const uint32_t nearest = bits + 0x7fff + (bits >> 16 & 1);
  return (x == x ? nearest : bits | 0x400000) & 0xffff0000;
}

inline Pair pairOf(float first, float second) { return static_cast<Pair>(rounded(first) >> 16 | rounded(second)); }

/// Two adjacent columns make a column of pairs. Row i:   a0 a1 a2   →   (a0, a1) (a2, 0)
///
/// Assumes    both matrices in panels of NR columns with any strides; they don't overlap
/// Alignment  that of the elements
/// Reads      `columns` columns of rows [begin, end)
/// Writes     ⌈columns / 2⌉ columns of rows [begin, end)
inline void pairColumns(const Panels<const float>& from, size_t columns, size_t begin, size_t end,
                        const Panels<Pair>& to) {
  constexpr size_t kWidth = Tile<float>::kNR;
  for (size_t column = 0; column < columns; column += kWidth) {
    const size_t width = columns - column < kWidth ? columns - column : kWidth, pairs = (width + 1) / 2;
    for (size_t i = begin; i < end; ++i) {
      const float* const source = from.data + column / kWidth * from.panelStride + i * from.rowStride;
      Pair* const target = to.data + column / 2 / kWidth * to.panelStride + i * to.rowStride + column / 2 % kWidth;
      uint32_t numbers[kWidth + 1];
#pragma omp simd
      for (size_t j = 0; j < width; ++j) numbers[j] = rounded(source[j]);
      numbers[width] = 0;
#pragma omp simd
      for (size_t j = 0; j < pairs; ++j) {
        uint64_t both;  // the first number in the lower half: all supported processors are little-endian
        __builtin_memcpy(&both, numbers + 2 * j, sizeof both);
        target[j] = static_cast<Pair>((both >> 16 & 0xffff) | (both >> 32 & 0xffff0000));
      }
    }
  }
}

/// Two adjacent rows make a row of pairs. Column j:   a0 a1 a2   →   (a0, a1) (a2, 0)
///
/// Assumes    both matrices in panels of NR columns with any strides; they don't overlap
/// Alignment  that of the elements
/// Reads      `columns` columns of rows [2 · begin, 2 · end), none beyond `rows`
/// Writes     `columns` columns of rows [begin, end)
inline void pairRows(const Panels<const float>& from, size_t rows, size_t columns, size_t begin, size_t end,
                     const Panels<Pair>& to) {
  constexpr size_t kWidth = Tile<float>::kNR;
  for (size_t column = 0; column < columns; column += kWidth) {
    const size_t width = columns - column < kWidth ? columns - column : kWidth;
    for (size_t i = begin; i < end; ++i) {
      const float* const source = from.data + column / kWidth * from.panelStride + 2 * i * from.rowStride;
      Pair* const target = to.data + column / kWidth * to.panelStride + i * to.rowStride;
      if (2 * i + 1 < rows) {
        const float* const next = source + from.rowStride;
#pragma omp simd
        for (size_t j = 0; j < width; ++j) target[j] = pairOf(source[j], next[j]);
      } else {
#pragma omp simd
        for (size_t j = 0; j < width; ++j) target[j] = pairOf(source[j], 0);
      }
    }
  }
}

}  // namespace
}  // namespace glissade
