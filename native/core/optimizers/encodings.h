// Low-precision storage of moving averages.
//
// Rounding is dithered: the nearer a number is to the upper of two codes, the more often it is rounded up. Rounded to
// nearest, an average that changes by a thousandth a step would never leave its code. The dither is an additive (Weyl)
// sequence over elements; stepDither (rule_states.cpp) gives its first number in each step.
//
// Assumes    element i has codes[i] and, as a byte, scales[i / kScaleBlock]; `scales` may be null for bfloat16.
//            Arrays don't overlap; values to encode are finite.
// Alignment  that of the elements
// Reads      no element beyond `count`
// Writes     `count` values or codes, and the scale of each block of bytes, the last one shorter
// Order      no sums
#pragma once

#include <cstddef>
#include <cstdint>

#include "optimizers/encoding.h"

namespace glissade {
namespace {

/// The dither of the elements of a block, relative to the first one.
struct Dither {
  uint32_t ahead[kScaleBlock];

  constexpr Dither() : ahead() {
    for (uint32_t i = 0; i < kScaleBlock; ++i) ahead[i] = i * kElementDither;
  }
};
constexpr Dither kDither;

/// Calls visit(begin, count, dither of the first element) for each block of kScaleBlock elements.
template <typename Visit>
inline __attribute__((always_inline)) void forEachScaleBlock(size_t count, uint32_t dither, Visit visit) {
  for (size_t begin = 0; begin < count; begin += kScaleBlock)
    visit(begin, static_cast<uint32_t>(count - begin < kScaleBlock ? count - begin : kScaleBlock),
          dither + static_cast<uint32_t>(begin) * kElementDither);
}

/// A code is the upper half of a float.
inline float fromBfloat16(uint16_t code) { return __builtin_bit_cast(float, static_cast<uint32_t>(code) << 16); }

inline uint16_t toBfloat16(float x, uint32_t dither) {
  return static_cast<uint16_t>((__builtin_bit_cast(uint32_t, x) + (dither >> 16)) >> 16);
}

template <typename Real>
void decodeBfloat16(const uint16_t* codes, Real* values, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) values[i] = fromBfloat16(codes[i]);
}

template <typename Real>
void encodeBfloat16(const Real* values, uint32_t dither, uint16_t* codes, size_t count) {
  forEachScaleBlock(
      count, dither, [&](size_t begin, uint32_t size, uint32_t first) __attribute__((always_inline)) {
        const Real* const from = values + begin;
        uint16_t* const to = codes + begin;
#pragma omp simd
        for (uint32_t i = 0; i < size; ++i) to[i] = toBfloat16(static_cast<float>(from[i]), first + kDither.ahead[i]);
      });
}

/// A number relative to the largest one of its block, in a byte:
///
///   signed    [ sign | octave: 4 bits | mantissa: 3 bits ]     unsigned    [ octave: 5 bits | mantissa: 3 bits ]
///
/// The code stands for (kShift · 2^octave · (1 + mantissa / 8) − kShift) · scale. Numbers far above kShift · scale keep
/// their relative precision, smaller ones an absolute precision.
template <bool isSigned>
struct Byte {
  static constexpr int32_t kLargest = isSigned ? 127 : 255;
  static constexpr float kShift = isSigned ? 0x1p-15f : 0x1p-31f;
  static constexpr int32_t kFirst = __builtin_bit_cast(int32_t, kShift) >> 20;
  static constexpr float kTop = 1.875f - kShift;  // what kLargest stands for, unscaled

  static float decode(uint32_t code, float scale) {
    const uint32_t sign = isSigned ? code >> 7 << 31 : 0, size = isSigned ? code & 127 : code;
    const float value = (__builtin_bit_cast(float, (size + uint32_t(kFirst)) << 20) - kShift) * scale;
    return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, value) | sign);
  }

  static uint32_t encode(float x, float inverse, uint32_t u) {
    const float shifted = __builtin_fabsf(x) * inverse + kShift;
    const int32_t rounded = static_cast<int32_t>((__builtin_bit_cast(uint32_t, shifted) + (u >> 12)) >> 20) - kFirst;
    const int32_t code = rounded > kLargest ? kLargest : rounded;
    if constexpr (isSigned) return static_cast<uint32_t>(code) | (__builtin_bit_cast(uint32_t, x) >> 31 << 7);
    return static_cast<uint32_t>(code < 1 ? 1 : code);  // an average of squares of 0 would make steps huge
  }
};

template <bool isSigned, typename Real>
void decodeBytes(const uint8_t* codes, const float* scales, Real* values, size_t count) {
  forEachScaleBlock(
      count, 0, [&](size_t begin, uint32_t size, uint32_t) __attribute__((always_inline)) {
        const float scale = scales[begin / kScaleBlock];
        const uint8_t* const from = codes + begin;
        Real* const to = values + begin;
#pragma omp simd
        for (uint32_t i = 0; i < size; ++i) to[i] = Byte<isSigned>::decode(from[i], scale);
      });
}

/// max |x|, with four accumulators: a maximum need not wait for the one before.
template <typename Real>
float largestOf(const Real* values, uint32_t count) {
  const auto sizeOf = [](Real x) { return __builtin_fabsf(static_cast<float>(x)); };
  const uint32_t quarter = count / 4;
  const Real *second = values + quarter, *third = second + quarter, *fourth = third + quarter;
  float a = 0, b = 0, c = 0, d = 0;
#pragma omp simd reduction(max : a, b, c, d)
  for (uint32_t i = 0; i < quarter; ++i) {
    a = sizeOf(values[i]) > a ? sizeOf(values[i]) : a;
    b = sizeOf(second[i]) > b ? sizeOf(second[i]) : b;
    c = sizeOf(third[i]) > c ? sizeOf(third[i]) : c;
    d = sizeOf(fourth[i]) > d ? sizeOf(fourth[i]) : d;
  }
  for (uint32_t i = 4 * quarter; i < count; ++i) a = sizeOf(values[i]) > a ? sizeOf(values[i]) : a;
  a = a > b ? a : b;
  c = c > d ? c : d;
  return a > c ? a : c;
}

template <bool isSigned, typename Real>
void encodeBytes(const Real* values, uint32_t dither, uint8_t* codes, float* scales, size_t count) {
  forEachScaleBlock(
      count, dither, [&](size_t begin, uint32_t size, uint32_t first) __attribute__((always_inline)) {
        const Real* const from = values + begin;
        uint8_t* const to = codes + begin;
        const float largest = largestOf(from, size);
        scales[begin / kScaleBlock] = largest / Byte<isSigned>::kTop;
        const float inverse = largest > 0 ? Byte<isSigned>::kTop / largest : 0;
#pragma omp simd
        for (uint32_t i = 0; i < size; ++i)
          to[i] = static_cast<uint8_t>(
              Byte<isSigned>::encode(static_cast<float>(from[i]), inverse, first + kDither.ahead[i]));
      });
}

template <typename Real>
void decode(Encoding encoding, bool isSigned, const void* codes, const float* scales, Real* values, size_t count) {
  const auto* const bytes = static_cast<const uint8_t*>(codes);
  if (encoding == Encoding::bfloat16)
    decodeBfloat16(static_cast<const uint16_t*>(codes), values, count);
  else if (isSigned)
    decodeBytes<true>(bytes, scales, values, count);
  else
    decodeBytes<false>(bytes, scales, values, count);
}

template <typename Real>
void encode(Encoding encoding, bool isSigned, const Real* values, uint32_t dither, void* codes, float* scales,
            size_t count) {
  auto* const bytes = static_cast<uint8_t*>(codes);
  if (encoding == Encoding::bfloat16)
    encodeBfloat16(values, dither, static_cast<uint16_t*>(codes), count);
  else if (isSigned)
    encodeBytes<true>(values, dither, bytes, scales, count);
  else
    encodeBytes<false>(values, dither, bytes, scales, count);
}

}  // namespace
}  // namespace glissade
