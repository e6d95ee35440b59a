#pragma once

#include <cstdint>

namespace glissade {
namespace {

/// x rounded to bfloat16, ties to even, as the bits of a float: the lower half is 0. NaN stays NaN. Denormal numbers
/// count as 0, as in all of our arithmetic.
inline uint32_t rounded(float x) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, x), exponent = bits & 0x7f800000;
  const uint32_t nearest = bits + 0x7fff + (bits >> 16 & 1), whole = exponent == 0 ? bits & 0x80000000 : nearest;
  return ((bits & 0x7fffffff) > 0x7f800000 ? bits | 0x400000 : whole) & 0xffff0000;
}

}  // namespace
}  // namespace glissade
