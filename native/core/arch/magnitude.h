#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {
namespace {

template <typename Real>
struct BitsOf;
template <>
struct BitsOf<float> {
  using Type = uint32_t;
};
template <>
struct BitsOf<double> {
  using Type = uint64_t;
};

/// The bits of |x|: an integer that grows with |x| and is largest for infinity and NaN.
template <typename Real>
inline auto magnitudeBits(Real x) {
  using Bits = typename BitsOf<Real>::Type;
  return __builtin_bit_cast(Bits, x) & ~(Bits{1} << (8 * sizeof(Bits) - 1));
}

/// The |x| that has these bits, or infinity for those of NaN.
template <typename Real>
inline Real magnitudeOfBits(typename BitsOf<Real>::Type bits) {
  const Real size = __builtin_bit_cast(Real, bits);
  return size == size ? size : static_cast<Real>(__builtin_inf());
}

/// max |x|, or infinity where any x is infinite or NaN; 0 for no values. The result does not depend on their order.
template <typename Real>
Real magnitude(const Real* values, size_t count) {
  typename BitsOf<Real>::Type largest = 0;
#pragma omp simd reduction(max : largest)
  for (size_t i = 0; i < count; ++i) {
    const auto bits = magnitudeBits(values[i]);
    largest = bits > largest ? bits : largest;
  }
  return magnitudeOfBits<Real>(largest);
}

}  // namespace
}  // namespace glissade
