// Low-precision storage of moving averages.
//
// Rounding is dithered: a number is rounded up as often as it is near the upper neighbour. An average that decays by a
// thousandth a step would else never leave its code. The dither follows an additive sequence over elements (Weyl); from
// step to step see stepDither in state_layout.cpp.
#pragma once

#include <cstddef>
#include <cstdint>

#include "optimizers/encoding.h"

namespace glissade {
namespace {

/// How far dither goes on from the first element of a block.
struct Dither {
  uint32_t ahead[kScaleBlock];

  constexpr Dither() : ahead() {
    for (uint32_t i = 0; i < kScaleBlock; ++i) ahead[i] = i * kElementDither;
  }
};
constexpr Dither kDither;

/// Calls visit(begin, count, dither of the first) for blocks of kScaleBlock.
template <typename Visit>
inline __attribute__((always_inline)) void forEachScaleBlock(size_t count, uint32_t dither, Visit visit) {
  for (size_t begin = 0; begin < count; begin += kScaleBlock)
    visit(begin, static_cast<uint32_t>(count - begin < kScaleBlock ? count - begin : kScaleBlock),
          dither + static_cast<uint32_t>(begin) * kElementDither);
}

/// The upper half of a float, as it is.
template <typename Real>
void decodeBfloat16(const uint16_t* codes, Real* values, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) values[i] = __builtin_bit_cast(float, static_cast<uint32_t>(codes[i]) << 16);
}

template <typename Real>
void encodeBfloat16(const Real* values, uint32_t dither, uint16_t* codes, size_t count) {
  forEachScaleBlock(
      count, dither, [&](size_t begin, uint32_t size, uint32_t first) __attribute__((always_inline)) {
        const Real* const from = values + begin;
        uint16_t* const to = codes + begin;
#pragma omp simd
        for (uint32_t i = 0; i < size; ++i) {
          const auto bits = __builtin_bit_cast(uint32_t, static_cast<float>(from[i]));
          to[i] = static_cast<uint16_t>((bits + ((first + kDither.ahead[i]) >> 16)) >> 16);
        }
      });
}

/// A byte is the size of a number relative to the largest of its block: what a float of three bits after the point,
/// from kShift on, exceeds kShift by. Numbers far above kShift keep their relative precision, smaller ones an absolute
/// one. With a sign it spans 16 octaves, without one 32.
template <bool isSigned>
struct Byte {
  static constexpr int32_t kLargest = isSigned ? 127 : 255;
  static constexpr float kShift = isSigned ? 0x1p-15f : 0x1p-31f;
  static constexpr int32_t kFirst = __builtin_bit_cast(int32_t, kShift) >> 20;
  static constexpr float kTop = 1.875f - kShift;  // what kLargest stands for

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
    return static_cast<uint32_t>(code < 1 ? 1 : code);  // an average of squares that fell to 0 would let θ leap
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

/// max |x|, of four parts at a time, which don't wait for each other.
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
