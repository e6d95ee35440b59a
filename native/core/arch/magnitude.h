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

/// max |x| over some rows of a matrix, as `magnitude` has it. Rows far from each other are prefetched.
template <typename Real>
Real magnitudeOfRows(const Real* matrix, size_t columns, const uint32_t* rows, size_t count) {
  using Bits = typename BitsOf<Real>::Type;
  constexpr size_t kLanes = 64 / sizeof(Real), kAhead = 8, kMost = 8 * kLanes;
  Bits lanes[kLanes] = {};  // over all rows, since rows are short
  Bits rest = 0;
  for (size_t k = 0; k < count; ++k) {
    if (k + kAhead < count) {
      const Real* const next = matrix + rows[k + kAhead] * columns;
      for (size_t j = 0; j < columns && j < kMost; j += kLanes) __builtin_prefetch(next + j);
    }
    const Real* const row = matrix + rows[k] * columns;
    size_t j = 0;
    for (; j + kLanes <= columns; j += kLanes) {
#pragma omp simd
      for (size_t l = 0; l < kLanes; ++l) {
        const Bits bits = magnitudeBits(row[j + l]);
        lanes[l] = bits > lanes[l] ? bits : lanes[l];
      }
    }
    for (; j < columns; ++j) {
      const Bits bits = magnitudeBits(row[j]);
      rest = bits > rest ? bits : rest;
    }
  }
  for (const Bits lane : lanes) rest = lane > rest ? lane : rest;
  return magnitudeOfBits<Real>(rest);
}

}  // namespace
}  // namespace glissade
