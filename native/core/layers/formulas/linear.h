// A linear model and one example: rows of its matrix that the example touches, brought together and back. Others may be
// writing them meanwhile (that is what 'hogwild' means), so each number is read and written by itself.
#pragma once

#include "layers/formulas/panels.h"

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

template <typename Real>
void collectRows(const Real* matrix, const uint32_t* rows, size_t count, size_t width, Real* to) {
  if (width == 1) {
    for (size_t k = 0; k < count; ++k) to[k] = readAlone(matrix + rows[k]);
    return;
  }
  for (size_t k = 0; k < count; ++k, to += width)
    for (size_t j = 0; j < width; ++j) to[j] = readAlone(matrix + rows[k] * width + j);
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

/// y += x·W for a row x of numbers of another type (none: all are 1) and the rows of W, adjacent.
template <typename Stored, typename Real>
void addProduct(const Stored* x, const Real* w, size_t count, size_t width, Real* y) {
  constexpr size_t kLanes = kPanelWidth<Real>;
  if (width == 1) {
    Real lanes[kLanes] = {};
    size_t k = 0;
    for (; k + kLanes <= count; k += kLanes) {
#pragma omp simd
      for (size_t j = 0; j < kLanes; ++j) lanes[j] += (x ? static_cast<Real>(x[k + j]) : Real(1)) * w[k + j];
    }
    if (k < count) {  // the rest, with zeros behind it
      Real rest[kLanes] = {};
      Stored values[kLanes] = {};
      copyFew<kLanes / 2>(w + k, count - k, rest);
      if (x) copyFew<kLanes / 2>(x + k, count - k, values);
#pragma omp simd
      for (size_t j = 0; j < kLanes; ++j) lanes[j] += (x ? static_cast<Real>(values[j]) : Real(1)) * rest[j];
    }
    y[0] += sumOf(lanes);
    return;
  }
  for (size_t k = 0; k < count; ++k, w += width) {
    const Real value = x ? static_cast<Real>(x[k]) : Real(1);
#pragma omp simd
    for (size_t j = 0; j < width; ++j) y[j] += value * w[j];
  }
}

/// W's gradient xᵀ·δ.
template <typename Stored, typename Real>
void outerProduct(const Stored* x, const Real* delta, size_t count, size_t width, Real* gradient) {
  if (width == 1) {
#pragma omp simd
    for (size_t k = 0; k < count; ++k) gradient[k] = (x ? static_cast<Real>(x[k]) : Real(1)) * delta[0];
    return;
  }
  for (size_t k = 0; k < count; ++k, gradient += width) {
    const Real value = x ? static_cast<Real>(x[k]) : Real(1);
#pragma omp simd
    for (size_t j = 0; j < width; ++j) gradient[j] = value * delta[j];
  }
}

}  // namespace
}  // namespace glissade
