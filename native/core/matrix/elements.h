// How formulas reach the elements of a matrix in panels.
#pragma once

#include "matrix/panels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

template <typename Real>
constexpr size_t kPanelWidth = Tile<Real>::kNR;

/// Where element (row, column) is.
template <typename Real>
size_t offsetOf(const Flow<Real>& m, size_t row, size_t column) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  return column / kWidth * m.panelStride + row * m.rowStride + column % kWidth;
}
template <typename Real>
Track<Real> at(const Flow<Real>& m, size_t row, size_t column) {
  return m.data + offsetOf(m, row, column);
}
template <typename Real>
Real* at(const Panels<Real>& m, size_t row, size_t column) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  return m.data + column / kWidth * m.panelStride + row * m.rowStride + column % kWidth;
}

/// Copies fewer than 2·kMost elements, without a call.
template <size_t kMost, typename Real>
inline __attribute__((always_inline)) void copyFew(const Real* from, size_t count, Real* to) {
  const size_t some = count & kMost;
  if (some) __builtin_memcpy(to, from, kMost * sizeof(Real));
  if constexpr (kMost > 1) copyFew<kMost / 2>(from + some, count, to + some);
}

/// Calls visit(column, width) for the panels of a matrix of so many columns.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachPanel(size_t columns, Visit visit) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  size_t column = 0;
  for (; column + kWidth <= columns; column += kWidth) visit(column, kWidth);
  if (column < columns) visit(column, columns - column);
}

}  // namespace
}  // namespace glissade
