#pragma once

#include <cstddef>

#include "matrix/pair.h"

namespace glissade {
namespace {

/// The tile of C that a micro-kernel keeps in registers. The names are those of BLIS (Van Zee & van de Geijn 2015).
///
///            NR = kVectors × kLanes
///          ┌────────┬────────┐
///          │ vector │ vector │  × MR
///          └────────┴────────┘
template <typename Real>
struct Tile {
#if defined(__AVX512F__) || defined(GLISSADE_WIDE_PANELS)  // the latter for a test on any processor
  static constexpr int kVectorBytes = 64;
  static constexpr int kMR = 14;  // 14×2 accumulators + 2 of B + 1 broadcast = 31 of 32 registers
#elif defined(__AVX2__)
  static constexpr int kVectorBytes = 32;
  static constexpr int kMR = 6;                     // 6×2 + 2 + 1 = 15 of 16
#elif defined(__aarch64__)
  static constexpr int kVectorBytes = 16;
  static constexpr int kMR = 12;  // 12×2 + 2 + 1 = 27 of 32
#else
  static constexpr int kVectorBytes = 16;
  static constexpr int kMR = 6;
#endif
  static constexpr int kVectors = 2;
  static constexpr int kLanes = kVectorBytes / sizeof(Real);
  static constexpr int kNR = kVectors * kLanes;  // the width of a panel

  typedef Real Vector __attribute__((vector_size(kVectorBytes)));
  typedef Real Unaligned __attribute__((vector_size(kVectorBytes), aligned(sizeof(Real)), may_alias));
};

template <typename Element>
struct Tile<const Element> : Tile<Element> {};

/// The tile of a product of pairs. Panels are as wide as those of floats.
template <>
struct Tile<Pair> : Tile<float> {
#if defined(__AVX512BF16__) || defined(__aarch64__)
  static constexpr int kMR = Tile<float>::kMR;
#else
  static constexpr int kMR = Tile<float>::kMR - 1;  // two more registers for the halves of B
#endif
};

}  // namespace
}  // namespace glissade
