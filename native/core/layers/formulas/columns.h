// Columns of a matrix, copied or added to columns of another.
#pragma once

#include "layers/formulas/panels.h"

namespace glissade {
namespace {

inline size_t leastOf(size_t a, size_t b) { return a < b ? a : b; }

/// Calls visit(from, to, count) for runs of elements that are adjacent on both sides.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachRun(const ColumnRows<Real>& p, Visit visit) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  for (size_t j = 0; j < p.columns;) {
    const size_t from = p.fromColumn + j, to = p.toColumn + j;
    const size_t count = leastOf(leastOf(kWidth - from % kWidth, kWidth - to % kWidth), p.columns - j);
    const Real* source = at(p.from, p.begin, from);
    Real* target = at(p.to, p.begin, to);
    if (count == kWidth) {  // so many that the compiler knows
      for (size_t i = p.begin; i < p.end; ++i, source += p.from.rowStride, target += p.to.rowStride)
        visit(source, target, kWidth);
    } else {
      for (size_t i = p.begin; i < p.end; ++i, source += p.from.rowStride, target += p.to.rowStride)
        visit(source, target, count);
    }
    j += count;
  }
}

template <typename Real>
void copyColumns(const ColumnRows<Real>& p) {
  forEachRun(
      p, [](const Real* from, Real* to, size_t count) __attribute__((always_inline)) {
#pragma omp simd
        for (size_t j = 0; j < count; ++j) to[j] = from[j];
      });
}

template <typename Real>
void addColumns(const ColumnRows<Real>& p) {
  forEachRun(
      p, [](const Real* from, Real* to, size_t count) __attribute__((always_inline)) {
#pragma omp simd
        for (size_t j = 0; j < count; ++j) to[j] += from[j];
      });
}

}  // namespace
}  // namespace glissade
