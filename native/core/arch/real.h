// The scalar operations of update rules. They use + − × ÷ √ and comparisons only, whose rounding IEEE 754 defines.
#pragma once

#include <cstdint>

namespace glissade {
namespace {

[[maybe_unused]] inline float root(float x) { return __builtin_sqrtf(x); }
[[maybe_unused]] inline double root(double x) { return __builtin_sqrt(x); }

/// a / b, or 0 if b is 0: no step is taken if ε is 0 and all gradients so far were 0.
template <typename Real>
Real ratio(Real a, Real b) {
  return b == 0 ? Real(0) : a / b;
}

template <typename Real>
Real absolute(Real x) {
  return x < 0 ? -x : x;
}

template <typename Real>
Real sign(Real x) {
  return (x > 0 ? Real(1) : Real(0)) - (x < 0 ? Real(1) : Real(0));
}

/// x^n for n ≥ 0 by repeated squaring. Unlike the C library's pow, it gives equal bits everywhere, JavaScript included.
[[maybe_unused]] inline double power(double x, int64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1) result *= x;
  return result;
}

/// x^y for a finite, normal x > 0, by + − × ÷ alone. The relative error is within 10⁻¹⁴ · (1 + |y ln x|). Returns 0
/// below about 2⁻¹⁰²¹ and infinity above about 2¹⁰²¹.
[[maybe_unused]] inline double power(double x, double y) {
  constexpr double kLn2 = 0.6931471805599453;
  // x = m · 2^e with m in (√½, √2]; ln m = 2 artanh((m − 1)/(m + 1))
  const auto bits = __builtin_bit_cast(uint64_t, x);
  int64_t e = static_cast<int64_t>(bits >> 52) - 1023;
  double m = __builtin_bit_cast(double, (bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000);
  if (m > 1.4142135623730951) {
    m /= 2;
    ++e;
  }
  const double s = (m - 1) / (m + 1), square = s * s;
  double series = 0;
  for (int k = 23; k > 0; k -= 2) series = series * square + 1.0 / k;
  const double exponent = y * (2 * s * series + static_cast<double>(e) * kLn2);
  // exp(r + k ln 2) with |r| ≤ ln 2 / 2
  const double octaves = exponent / kLn2 + (exponent < 0 ? -0.5 : 0.5);
  if (octaves <= -1021) return 0;
  if (octaves >= 1021) return __builtin_inf();
  const auto k = static_cast<double>(static_cast<int64_t>(octaves));
  const double r = exponent - k * kLn2;
  double sum = 1;
  for (int n = 16; n > 0; --n) sum = 1 + sum * r / n;
  return sum * __builtin_bit_cast(double, static_cast<uint64_t>(static_cast<int64_t>(k) + 1023) << 52);
}

}  // namespace
}  // namespace glissade
