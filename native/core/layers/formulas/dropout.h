// Dropout. The mask is a hash of a key and an element's index: backward and every member of a team find the same mask,
// and none is stored.
#pragma once

#include "layers/rows.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// A permutation of the 32-bit numbers that looks random: lowbias32 (Wellons 2018), keyed by two numbers.
inline uint32_t scrambled(uint32_t x, uint32_t first, uint32_t second) {
  x += first;
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x ^= second;
  x *= 0x846ca68b;
  return x ^ x >> 16;
}

/// Not inlined, because GCC 12 does not vectorise it inside a larger function.
template <typename Real>
__attribute__((noinline)) void dropRow(const DropoutRows<Real>& p, uint32_t index, const Real* from, Real* to,
                                       size_t count) {
  const uint32_t first = p.key[0], second = p.key[1], threshold = p.threshold;
  const Real scale = p.scale;
#pragma omp simd
  for (size_t j = 0; j < count; ++j) {
    const bool isKept = scrambled(index + static_cast<uint32_t>(j), first, second) >= threshold;
    to[j] = (isKept ? scale : Real(0)) * from[j];
  }
}

/// to ← scale · from, or 0 · from with probability threshold / 2³². (0 · from is NaN where `from` is not finite.)
///
/// Assumes    panels with any strides; the index of element (i, j) is (first + i) · columns + j modulo 2³²
/// Alignment  that of the elements
/// Writes     columns [0, columns) of rows [begin, end); reads nothing beyond them
/// Order      none: elements are independent
template <typename Real>
void dropout(const DropoutRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i)
    forEachPanel<Real>(p.columns, [&](size_t column, size_t width) {
      dropRow(p, static_cast<uint32_t>((p.first + i) * p.columns + column), at(p.from, i, column), at(p.to, i, column),
              width);
    });
}

}  // namespace
}  // namespace glissade
