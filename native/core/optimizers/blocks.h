// What is done to blocks of gradients and parameters, around an update rule and elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/real.h"

namespace glissade {
namespace {

/// Terms are added in kLanes sums, in turn, and those in pairs: the order does not depend on the width of vectors.
constexpr size_t kLanes = 16;

[[maybe_unused]] inline double sumOf(double (&lanes)[kLanes]) {
  for (size_t width = kLanes / 2; width > 0; width /= 2)
    for (size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

/// Adds the square of each value to a sum of its own.
template <typename Real>
void addSquares(const Real* values, size_t count, double* sums) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const double x = values[i];
    sums[i] += x * x;
  }
}

/// Σx²; NaN where any x is not finite.
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

/// sum ← sum + weight · gradient, or weight · gradient for the first.
template <typename Real>
void accumulate(Real weight, const Real* gradient, bool isFirst, Real* sum, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const Real term = weight * gradient[i];
    sum[i] = isFirst ? term : sum[i] + term;
  }
}

/// The mean of values, and the sum of their squared deviations from it, as more values come (Welford 1962, West 1979):
/// `share` is how much these weigh of all so far, `spread` their weight times that of those before, of all.
template <typename Real>
void deviate(double share, double spread, const Real* values, double* mean, double* squares, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const double difference = values[i] - mean[i];
    mean[i] += share * difference;
    squares[i] += spread * (difference * difference);
  }
}

/// out ← scale · gradient, held within ±limit.
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
    out[i] = (scale * gradient[i]) * (both < most ? both : most);  // most also where it is NaN
  }
}

/// average ← rest · average + weight · values; exactly the values where the weight is 1.
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
