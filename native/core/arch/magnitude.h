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

/// max |x|, or infinity where any x is infinite or NaN; 0 for no values. Without the sign, the bits of a number are an
/// integer that grows with |x| and is largest for infinity and NaN. The result does not depend on the order of values.
template <typename Real>
Real magnitude(const Real* values, size_t count) {
  using Bits = typename BitsOf<Real>::Type;
  constexpr Bits kSign = Bits{1} << (8 * sizeof(Bits) - 1);
  Bits largest = 0;
#pragma omp simd reduction(max : largest)
  for (size_t i = 0; i < count; ++i) {
    const Bits size = __builtin_bit_cast(Bits, values[i]) & ~kSign;
    largest = size > largest ? size : largest;
  }
  const Real size = __builtin_bit_cast(Real, largest);
  return size == size ? size : static_cast<Real>(__builtin_inf());
}

}  // namespace
}  // namespace glissade
