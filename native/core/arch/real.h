// The scalar operations that update rules are made of. Only + − × ÷ √ and comparisons: those are exact in IEEE 754.
#pragma once

#include <cstdint>

namespace glissade {
namespace {

[[maybe_unused]] inline float root(float x) { return __builtin_sqrtf(x); }
[[maybe_unused]] inline double root(double x) { return __builtin_sqrt(x); }

/// x^n by repeated squaring: unlike the C library's pow, the same bits everywhere, and in JavaScript.
[[maybe_unused]] inline double power(double x, int64_t n) {
  double result = 1;
  for (; n > 0; n >>= 1, x *= x)
    if (n & 1) result *= x;
  return result;
}

}  // namespace
}  // namespace glissade
