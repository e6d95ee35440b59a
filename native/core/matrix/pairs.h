// Rounding to bfloat16, and packing in pairs along the depth of a product (Bfloat16Kernels in kernels/kernels.h).
#pragma once

#include <cstdint>
#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

#include "arch/bfloat16.h"
#include "matrix/pair.h"
#include "matrix/panels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

#if defined(__AVX512BF16__)
/// Sixteen pairs at a time, by the processor's own instruction, which has the bits of `rounded`.
struct PairsOf16 {
  static constexpr size_t kFloats = 16;
  using Floats = __m512;

  /// The first `count` numbers, and zeros: all if `count` is 16 or more.
  static Floats load(const float* from, size_t count) { return _mm512_maskz_loadu_ps(maskOf(count), from); }

  /// Rounded numbers, first those of `low`.
  static __m512i rounded(Floats low, Floats high) { return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)); }
  /// The pairs (first[j], second[j]).
  static __m512i interleaved(Floats first, Floats second) {
    static constexpr uint16_t kOrder[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                            8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    return _mm512_permutexvar_epi16(_mm512_loadu_si512(kOrder), rounded(first, second));
  }
  static void store(Pair* to, size_t count, __m512i pairs) { _mm512_mask_storeu_epi32(to, maskOf(count), pairs); }

 private:
  static __mmask16 maskOf(size_t count) {
    return static_cast<__mmask16>(count >= kFloats ? 0xffff : (1u << count) - 1);
  }
};

inline void pairAcross(const float* from, size_t columns, Pair* to) {
  constexpr size_t kFloats = PairsOf16::kFloats;
  static_assert(Tile<float>::kNR == 2 * kFloats);
  const PairsOf16::Floats low = PairsOf16::load(from, columns),
                          high = PairsOf16::load(from + kFloats, columns > kFloats ? columns - kFloats : 0);
  PairsOf16::store(to, (columns + 1) / 2, PairsOf16::rounded(low, high));
}

inline void pairDown(const float* first, const float* second, size_t columns, Pair* to) {
  for (size_t j = 0; j < columns; j += PairsOf16::kFloats) {
    const PairsOf16::Floats upper = PairsOf16::load(first + j, columns - j),
                            lower = second ? PairsOf16::load(second + j, columns - j) : _mm512_setzero_ps();
    PairsOf16::store(to + j, columns - j, PairsOf16::interleaved(upper, lower));
  }
}
#else
inline Pair pairOf(float first, float second) { return static_cast<Pair>(rounded(first) >> 16 | rounded(second)); }

/// Pairs adjacent numbers of a panel's row. An odd last number is paired with 0.
inline void pairAcross(const float* from, size_t columns, Pair* to) {
  const size_t pairs = (columns + 1) / 2;
  uint32_t numbers[Tile<float>::kNR + 1];
#pragma omp simd
  for (size_t j = 0; j < columns; ++j) numbers[j] = rounded(from[j]);
  numbers[columns] = 0;
#pragma omp simd
  for (size_t j = 0; j < pairs; ++j) {
    uint64_t both;  // the first number in the lower half: all supported processors are little-endian
    __builtin_memcpy(&both, numbers + 2 * j, sizeof both);
    to[j] = static_cast<Pair>((both >> 16 & 0xffff) | (both >> 32 & 0xffff0000));
  }
}

/// Pairs of a number of `first` and the one below it in `second`, which may be null: zeros.
inline void pairDown(const float* first, const float* second, size_t columns, Pair* to) {
  if (second) {
#pragma omp simd
    for (size_t j = 0; j < columns; ++j) to[j] = pairOf(first[j], second[j]);
  } else {
#pragma omp simd
    for (size_t j = 0; j < columns; ++j) to[j] = pairOf(first[j], 0);
  }
}
#endif

/// Two adjacent columns make a column of pairs. Row i:   a0 a1 a2   →   (a0, a1) (a2, 0)
///
/// Assumes    both matrices in panels of NR columns with any strides; they don't overlap
/// Alignment  that of the elements
/// Reads      `columns` columns of rows [begin, end)
/// Writes     ⌈columns / 2⌉ columns of rows [begin, end)
inline void pairColumns(const Panels<const float>& from, size_t columns, size_t begin, size_t end,
                        const Panels<Pair>& to) {
  constexpr size_t kWidth = Tile<float>::kNR;
  for (size_t column = 0; column < columns; column += kWidth) {
    const size_t width = columns - column < kWidth ? columns - column : kWidth;
    for (size_t i = begin; i < end; ++i) {
      const float* const source = from.data + column / kWidth * from.panelStride + i * from.rowStride;
      Pair* const target = to.data + column / 2 / kWidth * to.panelStride + i * to.rowStride + column / 2 % kWidth;
      pairAcross(source, width, target);
    }
  }
}

/// Two adjacent rows make a row of pairs. Column j:   a0 a1 a2   →   (a0, a1) (a2, 0)
///
/// Assumes    both matrices in panels of NR columns with any strides; they don't overlap
/// Alignment  that of the elements
/// Reads      `columns` columns of rows [2 · begin, 2 · end), none beyond `rows`
/// Writes     `columns` columns of rows [begin, end)
inline void pairRows(const Panels<const float>& from, size_t rows, size_t columns, size_t begin, size_t end,
                     const Panels<Pair>& to) {
  constexpr size_t kWidth = Tile<float>::kNR;
  for (size_t column = 0; column < columns; column += kWidth) {
    const size_t width = columns - column < kWidth ? columns - column : kWidth;
    for (size_t i = begin; i < end; ++i) {
      const float* const source = from.data + column / kWidth * from.panelStride + 2 * i * from.rowStride;
      Pair* const target = to.data + column / kWidth * to.panelStride + i * to.rowStride;
      pairDown(source, 2 * i + 1 < rows ? source + from.rowStride : nullptr, width, target);
    }
  }
}

}  // namespace
}  // namespace glissade
