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

/// Fetches the kLanes elements that a pass over an array comes to 512 elements later. Adafactor's passes work on blocks
/// of 1,024 elements at most, with a buffer, for which the hardware fetches too late; where several arrays are read in
/// one loop it is faster alone. Measured on Zen 4. The elements are not read, and need not exist.
template <typename Real>
inline __attribute__((always_inline)) void fetchAhead(const Real* values) {
  constexpr size_t kDistance = 512, kLine = 64;
  const uintptr_t first = reinterpret_cast<uintptr_t>(values) + kDistance * sizeof(Real);
  for (size_t at = 0; at < kLanes * sizeof(Real); at += kLine)
    __builtin_prefetch(reinterpret_cast<const void*>(first + at));
}

[[maybe_unused]] inline double sumOf(double (&lanes)[kLanes]) {
  for (size_t width = kLanes / 2; width > 0; width /= 2)
    for (size_t lane = 0; lane < width; ++lane) lanes[lane] += lanes[lane + width];
  return lanes[0];
}

/// Σx²; NaN if any x is not finite. Calls visit(i, x²) for each.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) double visitSquares(const Real* values, size_t count, Visit visit) {
  double lanes[kLanes] = {}, differences[kLanes] = {};  // x − x is 0 for finite x, NaN otherwise
  const auto add = [&](size_t i, size_t lane) __attribute__((always_inline)) {
    const double x = values[i + lane], square = x * x;
    lanes[lane] += square;
    differences[lane] += x - x;
    visit(i + lane, square);
  };
  size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
#pragma omp simd
    for (size_t lane = 0; lane < kLanes; ++lane) add(i, lane);
  }
  for (size_t lane = 0; i + lane < count; ++lane) add(i, lane);
  return sumOf(lanes) + sumOf(differences);
}

template <typename Real>
double squares(const Real* values, size_t count) {
  return visitSquares(values, count, [](size_t, double) {});
}

/// sums ← sums + values². Returns what `squares` does.
template <typename Real>
double addSquares(const Real* values, size_t count, double* sums) {
  return visitSquares(values, count, [&](size_t i, double square) { sums[i] += square; });
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
  const auto scaleOne = [&](size_t i) __attribute__((always_inline)) {
    const Real both = factor * factors[i];
    out[i] = (scale * gradient[i]) * (both < most ? both : most);  // `most` also if `both` is NaN
  };
  size_t begin = 0;
  for (; begin + kLanes <= count; begin += kLanes) {
    fetchAhead(gradient + begin);
#pragma omp simd
    for (size_t i = 0; i < kLanes; ++i) scaleOne(begin + i);
  }
  for (; begin < count; ++begin) scaleOne(begin);
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
