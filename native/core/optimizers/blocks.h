// Kernels over blocks of gradients and parameters.
//
// Assumes    arrays of `count` elements, none null; an output is one of the inputs or overlaps none of them
// Alignment  that of the elements
// Reads      no element beyond `count`
// Writes     `count` elements
// Order      squares: kLanes partial sums, element i in sum i % kLanes; then the upper half is added to the lower half
//            until one is left (sumOf). Others: by element
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/real.h"

namespace glissade {
namespace {

/// The number of partial sums. It is constant, so that the order of sums does not depend on the width of vectors.
constexpr size_t kLanes = 16;

[[maybe_unused]] inline double sumOf(double (&lanes)[kLanes]) {
  for (size_t width = kLanes / 2; width > 0; width /= 2)
    for (size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

/// sums ← sums + values².
template <typename Real>
void addSquares(const Real* values, size_t count, double* sums) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const double x = values[i];
    sums[i] += x * x;
  }
}

/// Σx²; NaN if any x is not finite.
template <typename Real>
double squares(const Real* values, size_t count) {
  double lanes[kLanes] = {}, differences[kLanes] = {};  // x − x is 0 for finite x, NaN otherwise
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (size_t lane = 0; lane < kLanes; ++lane) {
      const double x = values[i + lane];
      lanes[lane] += x * x;
      differences[lane] += x - x;
    }
  }
  for (size_t lane = 0; i + lane < count; ++lane) {
    const double x = values[i + lane];
    lanes[lane] += x * x;
    differences[lane] += x - x;
  }
  return sumOf(lanes) + sumOf(differences);
}

/// sum ← sum + weight · gradient; without the old sum if `isFirst`.
template <typename Real>
void accumulate(Real weight, const Real* gradient, bool isFirst, Real* sum, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const Real term = weight * gradient[i];
    sum[i] = isFirst ? term : sum[i] + term;
  }
}

/// Adds values of weight w to running means and sums of squared deviations (Welford 1962, West 1979). With W the sum of
/// the weights before: share = w / (W + w), spread = w · W / (W + w).
template <typename Real>
void deviate(double share, double spread, const Real* values, double* mean, double* squares, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const double difference = values[i] - mean[i];
    mean[i] += share * difference;
    squares[i] += spread * (difference * difference);
  }
}

/// out ← scale · gradient, clamped to ±limit.
template <typename Real>
void clip(Real scale, Real limit, const Real* gradient, Real* out, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const Real g = scale * gradient[i];
    out[i] = g > limit ? limit : g < -limit ? -limit : g;
  }
}

/// out ← scale · factors ⊙ gradient.
template <typename Real>
void scaleEach(Real scale, const Real* factors, const Real* gradient, Real* out, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) out[i] = (scale * factors[i]) * gradient[i];
}

/// out ← θ + distance · gradient.
template <typename Real>
void displace(Real distance, const Real* gradient, const Real* theta, Real* out, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) out[i] = theta[i] + distance * gradient[i];
}

/// out ← scale · gradient · min(factor · factors, most).
template <typename Real>
void scaleBoth(Real scale, Real factor, const Real* factors, Real most, const Real* gradient, Real* out, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const Real both = factor * factors[i];
    out[i] = (scale * gradient[i]) * (both < most ? both : most);  // `most` also if `both` is NaN
  }
}

/// average ← rest · average + weight · values. The old average does not count if `rest` is 0, even if it is not finite.
template <typename Real>
void blend(Real weight, Real rest, const Real* values, Real* average, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const Real term = weight * values[i];
    average[i] = rest == 0 ? term : rest * average[i] + term;
  }
}

}  // namespace
}  // namespace glissade
