// Steps of a linear model on single examples: the rows of its matrix that an example touches are gathered and written
// back. Under hogwild other members do so at the same time, so each number is read and written atomically.
//
// Assumes    row-major matrices of `width` columns; gathered rows are adjacent
// Alignment  that of the elements
#pragma once

#include "layers/rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"
#include "parallel/relaxed.h"

namespace glissade {
namespace {

/// Fills up with zeros to the next multiple of kLinearPadding, so that later loops work on whole vectors.
template <typename Real>
inline void pad(Real* numbers, size_t count) {
  for (; count % kLinearPadding != 0; ++count) numbers[count] = 0;
}

/// to[k] ← matrix row rows[k], for k < count.
///
/// Writes     count · width numbers, and zeros up to the next multiple of kLinearPadding
template <typename Real>
void collectRows(const Real* matrix, const uint32_t* rows, size_t count, size_t width, Real* to) {
  if (width == 1) {
    for (size_t k = 0; k < count; ++k) to[k] = relaxedLoad(matrix + rows[k]);
  } else {
    for (size_t k = 0; k < count; ++k) relaxedRead(matrix + rows[k] * width, width, to + k * width);
  }
  pad(to, count * width);
}

/// matrix row rows[k] ← from[k], for k < count.
template <typename Real>
void distributeRows(const Real* from, const uint32_t* rows, size_t count, size_t width, Real* matrix) {
  if (width == 1) {
    for (size_t k = 0; k < count; ++k) relaxedStore(matrix + rows[k], from[k]);
  } else {
    for (size_t k = 0; k < count; ++k) relaxedWrite(from + k * width, width, matrix + rows[k] * width);
  }
}

/// to ← the values of sparse entries; ones if `values` is null.
///
/// Writes     `count` numbers, and zeros up to the next multiple of kLinearPadding
template <typename Real>
void collectValues(const float* values, size_t count, Real* to) {
  if (values) {
    for (size_t k = 0; k < count; ++k) to[k] = static_cast<Real>(values[k]);
  } else {
    for (size_t k = 0; k < count; ++k) to[k] = 1;
  }
  pad(to, count);
}

/// y += x·W for a row x of `count` numbers.
///
/// Reads      x and w up to the next multiple of NR if width is 1: x is zero there, and w finite
/// Order      width 1: lane j of NR adds terms j, j + NR, …; then the upper half of the lanes is added to the lower
///            half until one is left (sumOf). It depends on NR
///            otherwise: blocks of 128 terms, in turn, to y
template <typename Real>
void addProduct(const Real* x, const Real* w, size_t count, size_t width, Real* y) {
  using T = Tile<Real>;
  using Unaligned = typename T::Unaligned;
  static_assert(kLinearPadding % T::kNR == 0);
  if (width == 1) {
    typename T::Vector sums[2] = {};
    for (size_t k = 0; k < count; k += T::kNR)
#pragma GCC unroll 2
      for (int v = 0; v < 2; ++v)
        sums[v] += *reinterpret_cast<const Unaligned*>(x + k + v * T::kLanes) *
                   *reinterpret_cast<const Unaligned*>(w + k + v * T::kLanes);
    Real lanes[T::kLanes];
    *reinterpret_cast<Unaligned*>(lanes) = sums[0] + sums[1];
    y[0] += sumOf(lanes);
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
