// Sums over a row.
//
// Order      lane j of NR adds columns j, j + NR, …, of up to 32 panels; where a row has more, the lanes of each 32
//            panels are added in double. Then the upper half of the lanes is added to the lower half until one is left
//            (sumOf). It depends on NR
#pragma once

#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// The sum over a row of term(column, lane), where `column` is the first one of a panel.
template <typename Number, typename Real, typename Term>
inline __attribute__((always_inline)) Number sumOverRow(size_t columns, Term term) {
  constexpr size_t kWidth = kPanelWidth<Real>, kBlock = 32 * kWidth;
  const auto addPanels = [&](size_t begin, size_t end, Number(&lanes)[kWidth]) __attribute__((always_inline)) {
    forEachPanel<Real>(
        end - begin, [&](size_t column, size_t width) __attribute__((always_inline)) {
#pragma omp simd
          for (size_t j = 0; j < width; ++j) lanes[j] = lanes[j] + term(begin + column, j);
        });
  };
  if (columns <= kBlock) {
    Number lanes[kWidth] = {};
    addPanels(0, columns, lanes);
    return sumOf(lanes);
  }
  Wide<Number> totals[kWidth] = {};
  for (size_t begin = 0; begin < columns; begin += kBlock) {
    Number lanes[kWidth] = {};
    addPanels(begin, columns - begin < kBlock ? columns : begin + kBlock, lanes);
#pragma omp simd
    for (size_t j = 0; j < kWidth; ++j) totals[j] = totals[j] + widened(lanes[j]);
  }
  return narrowed<Number>(sumOf(totals));
}

}  // namespace
}  // namespace glissade
