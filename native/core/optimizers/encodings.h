// Low-precision storage of moving averages.
//
// Rounding is dithered: a number is rounded up as often as it is near the upper neighbour. An average that decays by a
// thousandth a step would else never leave its code. The dither follows an additive sequence over elements and steps
// (Weyl), whose sums over time stay even: rounding errors of successive steps cancel instead of piling up.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/kernels.h"

namespace glissade {
namespace {

/// The upper half of a float, as it is.
template <typename Real>
void decodeBfloat16(const uint16_t* codes, Real* values, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) values[i] = __builtin_bit_cast(float, static_cast<uint32_t>(codes[i]) << 16);
}

template <typename Real>
void encodeBfloat16(const Real* values, uint32_t dither, uint16_t* codes, size_t count) {
#pragma omp simd
  for (size_t i = 0; i < count; ++i) {
    const uint32_t u = dither + static_cast<uint32_t>(i) * kElementDither;
    const auto bits = __builtin_bit_cast(uint32_t, static_cast<float>(values[i]));
    codes[i] = static_cast<uint16_t>((bits + (u >> 16)) >> 16);
  }
}

/// A byte is the size of a number relative to the largest of its block, as a float of three bits after the point: a
/// float's upper 12 bits less kBias. With a sign it spans 16 octaves, without one 32.
template <bool isSigned>
struct Byte {
  static constexpr uint32_t kLargest = isSigned ? 127 : 255;
  static constexpr uint32_t kBias = 1023 - kLargest;
  static constexpr float kTop = 1.875f;  // what kLargest stands for

  static float decode(uint32_t code) {
    const uint32_t size = code & kLargest;
    const float value = size == 0 ? 0.0f : __builtin_bit_cast(float, (size + kBias) << 20);
    return code > kLargest ? -value : value;
  }

  static uint32_t encode(float x, uint32_t u) {
    constexpr float kLeast = __builtin_bit_cast(float, (1 + kBias) << 20);
    const float size = x < 0 ? -x : x;
    const int32_t rounded =
        static_cast<int32_t>((__builtin_bit_cast(uint32_t, size) + (u >> 12)) >> 20) - int32_t(kBias);
    int32_t code = rounded > int32_t(kLargest) ? int32_t(kLargest) : rounded;
    if constexpr (isSigned) {
      const float threshold = static_cast<float>(static_cast<int32_t>(u >> 8)) * 0x1p-24f * kLeast;
      const int32_t small = threshold < size ? 1 : 0;
      code = size < kLeast ? small : code;
      return static_cast<uint32_t>(code) | (x < 0 ? 128u : 0u);
    } else {  // an average of squares that fell to zero would let its parameter leap
      code = code < 1 ? 1 : code;
      return static_cast<uint32_t>(size > 0 ? code : 0);
    }
  }
};

template <bool isSigned, typename Real>
void decodeBytes(const uint8_t* codes, const float* scales, Real* values, size_t count) {
  for (size_t begin = 0; begin < count; begin += kScaleBlock) {
    const size_t size = count - begin < kScaleBlock ? count - begin : kScaleBlock;
    const float scale = scales[begin / kScaleBlock];
    const uint8_t* const from = codes + begin;
    Real* const to = values + begin;
#pragma omp simd
    for (size_t i = 0; i < size; ++i) to[i] = scale * Byte<isSigned>::decode(from[i]);
  }
}

template <bool isSigned, typename Real>
void encodeBytes(const Real* values, uint32_t dither, uint8_t* codes, float* scales, size_t count) {
  for (size_t begin = 0; begin < count; begin += kScaleBlock) {
    const size_t size = count - begin < kScaleBlock ? count - begin : kScaleBlock;
    const Real* const from = values + begin;
    uint8_t* const to = codes + begin;
    float largest = 0;
#pragma omp simd reduction(max : largest)
    for (size_t i = 0; i < size; ++i) {
      const float x = static_cast<float>(from[i]), absolute = x < 0 ? -x : x;
      largest = absolute > largest ? absolute : largest;
    }
    scales[begin / kScaleBlock] = largest / Byte<isSigned>::kTop;
    const float inverse = largest > 0 ? Byte<isSigned>::kTop / largest : 0;
    const uint32_t first = dither + static_cast<uint32_t>(begin) * kElementDither;
#pragma omp simd
    for (size_t i = 0; i < size; ++i)
      to[i] = static_cast<uint8_t>(Byte<isSigned>::encode(static_cast<float>(from[i]) * inverse,
                                                          first + static_cast<uint32_t>(i) * kElementDither));
  }
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
