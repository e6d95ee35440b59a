// exp, exp − 1, log, log(1 + x), √, tanh and Φ. The versions for float are polynomials, which vectorise; their comments
// give the errors. The versions for double, which is for checks, are the C library's. Those for dual numbers also give
// derivatives.
#pragma once

#include <math.h>

#include <cstdint>

#include "arch/dual.h"
#include "arch/real.h"

namespace glissade {
namespace {

[[maybe_unused]] inline double exponential(double x) { return exp(x); }

/// e^x = 2^n·e^r with |r| ≤ ½ ln 2, where the error of the Taylor polynomial of degree 7 is below half a unit in the
/// last place. x is clamped to [−88, 88]; NaN stays NaN. At −88 the exponent's bits are 0, so e^x is 0 where it is
/// below the normal numbers. The relative error on [−87, 88] is within 2e-7.
[[maybe_unused]] inline float exponential(float x) {
  const float clamped = x > 88.0f ? 88.0f : (x < -88.0f ? -88.0f : x);
  const float shifted = clamped * 1.44269504f + 12582912.0f;  // adding 1.5·2²³ rounds to an integer, in the low bits
  const float n = shifted - 12582912.0f;
  const float r = (clamped - n * 0.693359375f) - n * -2.12194440e-4f;  // ln 2 in two parts (Cody & Waite 1980)
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  p = p * r + 1;
  p = p * r + 1;
  int32_t bits;
  __builtin_memcpy(&bits, &shifted, sizeof bits);
  bits = (bits - 0x4b400000 + 127) << 23;
  float scale;
  __builtin_memcpy(&scale, &bits, sizeof scale);
  const float y = p * scale;
  return x != x ? x : y;
}

template <typename Real>
Dual<Real> exponential(const Dual<Real>& x) {
  const Real y = exponential(x.value);
  return {y, y * x.tangent};
}

[[maybe_unused]] inline double exponentialLess1(double x) { return expm1(x); }

/// e^x − 1: the Taylor polynomial of degree 8 for |x| < ½, else exponential(x) − 1. The absolute error below 0 is
/// within 2e-7.
[[maybe_unused]] inline float exponentialLess1(float x) {
  float p = 1.0f / 40320;
  p = p * x + 1.0f / 5040;
  p = p * x + 1.0f / 720;
  p = p * x + 1.0f / 120;
  p = p * x + 1.0f / 24;
  p = p * x + 1.0f / 6;
  p = p * x + 0.5f;
  const float near = p * x * x + x, far = exponential(x) - 1;
  return (x < 0 ? -x : x) < 0.5f ? near : far;
}

[[maybe_unused]] inline double hyperbolicTangent(double x) { return tanh(x); }

/// The odd polynomial of Cephes' tanhf for |x| < 0.625, else ±(1 − 2/(e^{2|x|} + 1)). The relative error is within
/// 1.6e-7.
[[maybe_unused]] inline float hyperbolicTangent(float x) {
  const float size = x < 0 ? -x : x;
  const float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  const float near = p * z * x + x;
  const float far = 1 - 2 / (exponential(2 * size) + 1);
  return size < 0.625f ? near : (x < 0 ? -far : far);
}

/// The standard normal distribution function Φ and its density φ.
template <typename Real>
struct Normal {
  Real distribution, density;
};

[[maybe_unused]] inline Normal<double> normal(double x) {
  return {0.5 * erfc(-x * 0.70710678118654752440), 0.39894228040143267794 * exp(-0.5 * x * x)};
}

/// Φ within 4e-7. The formula is within 1e-7 (Abramowitz & Stegun 1964, 7.1.26); the rest is rounding near 0.
[[maybe_unused]] inline Normal<float> normal(float x) {
  const float size = (x < 0 ? -x : x) * 0.70710678f;
  const float t = 1 / (1 + 0.3275911f * size);
  const float gaussian = exponential(-size * size);
  float p = 1.061405429f;
  p = p * t - 1.453152027f;
  p = p * t + 1.421413741f;
  p = p * t - 0.284496736f;
  p = p * t + 0.254829592f;
  const float tail = 0.5f * p * t * gaussian;
  return {x < 0 ? tail : 1 - tail, 0.39894228f * gaussian};
}

/// log x, by the C library: for a number of a row, not of each output.
[[maybe_unused]] inline double logarithm(double x) { return log(x); }
[[maybe_unused]] inline float logarithm(float x) { return static_cast<float>(log(static_cast<double>(x))); }

template <typename Real>
Dual<Real> logarithm(const Dual<Real>& x) {
  return {logarithm(x.value), x.tangent / x.value};
}

[[maybe_unused]] inline double logarithm1p(double x) { return log1p(x); }

/// log(1 + x) for x in [0, 1]: 2 artanh(x/(2 + x)) by its series. The relative error is within 2e-7.
[[maybe_unused]] inline float logarithm1p(float x) {
  const float s = x / (2 + x), square = s * s;
  float p = 1.0f / 15;
  p = p * square + 1.0f / 13;
  p = p * square + 1.0f / 11;
  p = p * square + 1.0f / 9;
  p = p * square + 1.0f / 7;
  p = p * square + 1.0f / 5;
  p = p * square + 1.0f / 3;
  return 2 * s + 2 * s * square * p;
}

/// The logistic function σ(x) = 1/(1 + e^−x).
template <typename Real>
Real sigmoid(Real x) {
  return 1 / (1 + exponential(-x));
}

/// σ(x) and σ(−x) as quotients, yes/whole and no/whole, with e^−|x|: neither loses a small number beside a large one.
template <typename Number>
struct Odds {
  Number yes, no, whole;
};
template <typename Number>
Odds<Number> oddsOf(const Number& x) {
  const Number e = exponential(x > 0 ? -x : x);
  return {x > 0 ? Number(1) : e, x > 0 ? e : Number(1), 1 + e};
}

// Tangents of dual numbers are the tangent of x times the derivative, found from x without a difference of nearly equal
// numbers. The derivative comes first: it is small where the tangent may be so large that other products overflow.

/// σ′ = σ(x)·σ(−x). A quotient of dual numbers would multiply 0 by infinity where e^−x overflows.
template <typename Real>
Dual<Real> sigmoid(const Dual<Real>& x) {
  const Odds<Real> odds = oddsOf(x.value);
  return {sigmoid(x.value), odds.yes * odds.no / (odds.whole * odds.whole) * x.tangent};
}

template <typename Real>
Dual<Real> exponentialLess1(const Dual<Real>& x) {
  return {exponentialLess1(x.value), exponential(x.value) * x.tangent};
}

template <typename Real>
Dual<Real> logarithm1p(const Dual<Real>& x) {
  return {logarithm1p(x.value), x.tangent / (1 + x.value)};
}

template <typename Real>
Dual<Real> root(const Dual<Real>& x) {
  const Real y = root(x.value);
  return {y, x.tangent / (2 * y)};
}

/// tanh′ = 4e^−2|x|/(1 + e^−2|x|)²
template <typename Real>
Dual<Real> hyperbolicTangent(const Dual<Real>& x) {
  const Odds<Real> odds = oddsOf(2 * x.value);
  return {hyperbolicTangent(x.value), 4 * odds.yes * odds.no / (odds.whole * odds.whole) * x.tangent};
}

}  // namespace
}  // namespace glissade
