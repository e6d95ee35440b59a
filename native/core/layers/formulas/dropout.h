// Dropout's mask: a hash of an element's place, so that it is the same whoever works it out, and back as forth.
#pragma once

#include "layers/formulas/panels.h"

namespace glissade {
namespace {

/// A permutation of the 32-bit numbers that looks random: multiplications and shifts between two halves of a key.
inline uint32_t scrambled(uint32_t x, const uint32_t (&key)[2]) {
  x += key[0];
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x ^= key[1];
  x *= 0x846ca68b;
  return x ^ x >> 16;
}

template <typename Real>
void drop(const DropoutRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i)
    forEachPanel<Real>(
        p.columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
          const Real* const from = at(p.from, i, column);
          Real* const to = at(p.to, i, column);
          const auto first = static_cast<uint32_t>(i * p.columns + column);
#pragma omp simd
          for (uint32_t j = 0; j < static_cast<uint32_t>(width); ++j)
            to[j] = scrambled(first + j, p.key) >= p.threshold ? from[j] * p.scale : Real(0);
        });
}

}  // namespace
}  // namespace glissade
