// Sums over a row.
//
// Order      lane j of NR adds columns j, j + NR, …; then the upper half of the lanes is added to the lower half until
//            one is left (sumOf). It depends on NR
#pragma once

#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// The sum over a row of term(column, lane), where `column` is the first one of a panel.
template <typename Number, typename Real, typename Term>
inline __attribute__((always_inline)) Number sumOverRow(size_t columns, Term term) {
  Number lanes[kPanelWidth<Real>] = {};
  forEachPanel<Real>(
      columns, [&](size_t column, size_t width) __attribute__((always_inline)) {
#pragma omp simd
        for (size_t j = 0; j < width; ++j) lanes[j] = lanes[j] + term(column, j);
      });
  return sumOf(lanes);
}

}  // namespace
}  // namespace glissade
