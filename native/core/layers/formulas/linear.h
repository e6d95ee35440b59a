// Steps of a linear model on single examples.
//
// Assumes    row-major matrices of `width` columns; collected rows are adjacent
// Alignment  that of the elements
#pragma once

#include "matrix/collected_rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// to ← the values of sparse entries; ones if `values` is null. In float64, `rests` are added unless null: the rounding
/// errors of values in float32.
///
/// Writes     `count` numbers, and kCollectedPadding zeros
template <typename Real>
void collectValues(const float* values, const float* rests, size_t count, Real* to) {
  if (values) {
#pragma omp simd
    for (size_t k = 0; k < count; ++k) to[k] = static_cast<Real>(values[k]);
  } else {
    for (size_t k = 0; k < count; ++k) to[k] = 1;
  }
  if constexpr (sizeof(Real) == sizeof(double))
    for (size_t k = 0; rests && k < count; ++k) to[k] += static_cast<Real>(rests[k]);
  padWithZeros(to, count);
}

/// y += x·W for a row x of `count` numbers.
///
/// Reads      x and w up to the next multiple of NR if width is 1: x is zero there, and w finite
/// Order      width 1: blocks of 32·NR terms, which are added in double. In a block, lane j of NR adds terms j, j + NR,
///            …; then the upper half of the lanes is added to the lower half until one is left (sumOf). Depends on NR
///            otherwise: blocks of 128 terms, in turn, to y
template <typename Real>
void addProduct(const Real* x, const Real* w, size_t count, size_t width, Real* y) {
  using T = Tile<Real>;
  using Unaligned = typename T::Unaligned;
  static_assert(kCollectedPadding % T::kNR == 0);
  if (width == 1) {
    constexpr size_t kBlock = 32 * T::kNR;
    double total = 0;
    for (size_t begin = 0; begin < count; begin += kBlock) {
      const size_t end = count - begin < kBlock ? count : begin + kBlock;
      typename T::Vector sums[2] = {};
      for (size_t k = begin; k < end; k += T::kNR)
#pragma GCC unroll 2
        for (int v = 0; v < 2; ++v)
          sums[v] += *reinterpret_cast<const Unaligned*>(x + k + v * T::kLanes) *
                     *reinterpret_cast<const Unaligned*>(w + k + v * T::kLanes);
      Real lanes[T::kLanes];
      *reinterpret_cast<Unaligned*>(lanes) = sums[0] + sums[1];
      total += static_cast<double>(sumOf(lanes));
    }
    y[0] += static_cast<Real>(total);
    return;
  }
  forEachPanel<Real>(
      width, [&](size_t column, size_t columns) __attribute__((always_inline)) {
        Real sums[T::kNR] = {};
        for (size_t j = 0; j < columns; ++j) sums[j] = y[column + j];
        addInBlocks(
            0, count, sums, [&](size_t k, Real(&to)[T::kNR]) __attribute__((always_inline)) {
              const Real* const row = w + k * width + column;
#pragma omp simd
              for (size_t j = 0; j < columns; ++j) to[j] += x[k] * row[j];
            });
        for (size_t j = 0; j < columns; ++j) y[column + j] = sums[j];
      });
}

/// gradient ← xᵀ·δ, the gradient of W.
template <typename Real>
void outerProduct(const Real* x, const Real* delta, size_t count, size_t width, Real* gradient) {
  for (size_t k = 0; k < count; ++k, gradient += width)
#pragma omp simd
    for (size_t j = 0; j < width; ++j) gradient[j] = x[k] * delta[j];
}

}  // namespace
}  // namespace glissade
