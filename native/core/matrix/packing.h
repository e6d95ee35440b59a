// Panels of B, copied to adjacent rows, where a product reads it often or transposed.
#pragma once

#include "matrix/elements.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

inline size_t least(size_t a, size_t b) { return a < b ? a : b; }

/// Copies rows of a panel of B to adjacent rows of NR elements. Columns from `width` on become zero.
///
/// Assumes    width ≤ NR; row k at from[k · stride]; no overlap
/// Alignment  that of the elements
/// Reads      `width` elements of each row
/// Writes     rows · NR elements
template <typename Element>
void packRows(const Element* from, size_t stride, size_t rows, size_t width, Element* to) {
  using T = Tile<Element>;
  using Unaligned = typename T::Unaligned;
  for (size_t k = 0; k < rows; ++k, from += stride, to += T::kNR) {
    if (width == T::kNR) {
#pragma GCC unroll 2
      for (int v = 0; v < T::kVectors; ++v)
        *reinterpret_cast<Unaligned*>(to + v * T::kLanes) = *reinterpret_cast<const Unaligned*>(from + v * T::kLanes);
    } else {
      for (size_t j = 0; j < width; ++j) to[j] = from[j];
      for (size_t j = width; j < T::kNR; ++j) to[j] = Element{};
    }
  }
}

/// Fetches rows [begin, end) of a panel of B into the second-level cache. A processor can't predict which rows come
/// next if they lie far apart.
template <typename Element>
void prefetchRows(const Panels<const Element>& b, size_t column, size_t begin, size_t end) {
  constexpr size_t kNR = Tile<Element>::kNR, kLine = 64 / sizeof(Element);
  for (size_t k = begin; k < end; ++k)
    for (size_t j = 0; j < kNR; j += kLine) __builtin_prefetch(at(b, k, column + j), 0, 2);
}

/// Interleaves two vectors, a₀ b₀ a₁ b₁ …, and returns the lower and the upper half of the result.
template <int kLanes, typename Vector>
inline __attribute__((always_inline)) void interleave(Vector a, Vector b, Vector& lower, Vector& upper) {
  if constexpr (kLanes == 2) {
    lower = __builtin_shufflevector(a, b, 0, 2);
    upper = __builtin_shufflevector(a, b, 1, 3);
  } else if constexpr (kLanes == 4) {
    lower = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    upper = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  } else if constexpr (kLanes == 8) {
    lower = __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
    upper = __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  } else {
    lower = __builtin_shufflevector(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    upper = __builtin_shufflevector(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
}

/// Transposes a square of kLanes × kLanes: its upper and its lower half are interleaved row by row, log₂ kLanes times.
/// Strides are in elements, alignment is that of the elements, and the squares don't overlap.
template <typename Element>
inline void transposeSquare(const Element* from, size_t fromStride, Element* to, size_t toStride) {
  using T = Tile<Element>;
  typename T::Vector rows[T::kLanes], next[T::kLanes];
#pragma GCC unroll 16
  for (int i = 0; i < T::kLanes; ++i) rows[i] = *reinterpret_cast<const typename T::Unaligned*>(from + i * fromStride);
#pragma GCC unroll 4
  for (int step = 1; step < T::kLanes; step *= 2) {
#pragma GCC unroll 8
    for (int i = 0; i < T::kLanes / 2; ++i)
      interleave<T::kLanes>(rows[i], rows[i + T::kLanes / 2], next[2 * i], next[2 * i + 1]);
#pragma GCC unroll 16
    for (int i = 0; i < T::kLanes; ++i) rows[i] = next[i];
  }
#pragma GCC unroll 16
  for (int i = 0; i < T::kLanes; ++i) *reinterpret_cast<typename T::Unaligned*>(to + i * toStride) = rows[i];
}

/// Copies rows [begin, end) of a panel of B, which are columns of Bᵀ, to adjacent rows of NR elements.
///
/// Assumes    begin a multiple of NR; `columns` ≤ NR columns in the panel, the first of which is row `column` of Bᵀ
/// Alignment  that of the elements
/// Reads      Bᵀ up to the next multiple of kLanes after `end`
/// Writes     zeros beyond the panel's last column; any numbers in rows from `end` to the next multiple of kLanes
template <typename Element>
void packColumns(const Panels<const Element>& transposed, size_t column, size_t columns, size_t begin, size_t end,
                 Element* to) {
  constexpr size_t kNR = Tile<Element>::kNR, kLanes = Tile<Element>::kLanes;
  const size_t stride = transposed.rowStride;
  for (size_t j = 0; j < kNR; j += kLanes)
    for (size_t k = begin; k < end; k += kLanes) {
      Element* const square = to + (k - begin) * kNR + j;
      if (j + kLanes <= columns) {  // also where the square reaches beyond `end`: those rows are not used
        transposeSquare(at(transposed, column + j, k), stride, square, kNR);
        continue;
      }
      for (size_t i = 0; i < least(kLanes, end - k); ++i)
        for (size_t c = 0; c < kLanes; ++c)
          square[i * kNR + c] = j + c < columns ? *at(transposed, column + j + c, k + i) : Element{};
    }
}

}  // namespace
}  // namespace glissade
