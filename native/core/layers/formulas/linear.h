// A linear model and one example: rows of its matrix that the example touches, brought together and back. Others may be
// writing them meanwhile (that is what 'hogwild' means), so each number is read and written by itself.
#pragma once

#include "layers/rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

template <typename Real>
inline Real readAlone(const Real* from) {
  Real value;
  __atomic_load(from, &value, __ATOMIC_RELAXED);
  return value;
}
template <typename Real>
inline void writeAlone(Real* to, Real value) {
  __atomic_store(to, &value, __ATOMIC_RELAXED);
}

/// Zeros behind so many numbers, up to the next multiple of kLinearPadding: what follows then takes whole vectors.
template <typename Real>
inline void pad(Real* numbers, size_t count) {
  for (; count % kLinearPadding != 0; ++count) numbers[count] = 0;
}

template <typename Real>
void collectRows(const Real* matrix, const uint32_t* rows, size_t count, size_t width, Real* to) {
  if (width == 1) {
    for (size_t k = 0; k < count; ++k) to[k] = readAlone(matrix + rows[k]);
  } else {
    for (size_t k = 0; k < count; ++k)
      for (size_t j = 0; j < width; ++j) to[k * width + j] = readAlone(matrix + rows[k] * width + j);
  }
  pad(to, count * width);
}

template <typename Real>
void distributeRows(const Real* from, const uint32_t* rows, size_t count, size_t width, Real* matrix) {
  if (width == 1) {
    for (size_t k = 0; k < count; ++k) writeAlone(matrix + rows[k], from[k]);
    return;
  }
  for (size_t k = 0; k < count; ++k, from += width)
    for (size_t j = 0; j < width; ++j) writeAlone(matrix + rows[k] * width + j, from[j]);
}

/// The values of sparse entries; none: all are 1.
template <typename Real>
void collectValues(const float* values, size_t count, Real* to) {
  if (values) {
    for (size_t k = 0; k < count; ++k) to[k] = static_cast<Real>(values[k]);
  } else {
    for (size_t k = 0; k < count; ++k) to[k] = 1;
  }
  pad(to, count);
}

/// y += x·W for a row x, with zeros behind it, and the rows of W, adjacent.
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

/// W's gradient xᵀ·δ.
template <typename Real>
void outerProduct(const Real* x, const Real* delta, size_t count, size_t width, Real* gradient) {
  for (size_t k = 0; k < count; ++k, gradient += width)
#pragma omp simd
    for (size_t j = 0; j < width; ++j) gradient[j] = x[k] * delta[j];
}

}  // namespace
}  // namespace glissade
