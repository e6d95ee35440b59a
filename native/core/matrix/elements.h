// Access to the elements of a matrix in panels (matrix/panels.h).
#pragma once

#include <type_traits>

#include "matrix/panels.h"
#include "matrix/tile.h"

namespace glissade {
namespace {

/// NR of the instruction set that this unit is compiled for. Matrices here have panels of this width.
template <typename Real>
constexpr size_t kPanelWidth = Tile<Real>::kNR;

/// The offset of element (row, column) from the first one.
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

/// Copies `count` < 2·kMost elements by moves of constant sizes, without a call. kMost is a power of two. Reads and
/// writes nothing beyond `count`; the two arrays don't overlap.
template <size_t kMost, typename Real>
inline __attribute__((always_inline)) void copyFew(const Real* from, size_t count, Real* to) {
  const size_t some = count & kMost;
  if (some) __builtin_memcpy(to, from, kMost * sizeof(Real));
  if constexpr (kMost > 1) copyFew<kMost / 2>(from + some, count, to + some);
}

/// Calls visit(first column, width) for each panel of a matrix of `columns` columns. The last width may be below NR.
template <typename Real, typename Visit>
inline __attribute__((always_inline)) void forEachPanel(size_t columns, Visit visit) {
  constexpr size_t kWidth = kPanelWidth<Real>;
  size_t column = 0;
  for (; column + kWidth <= columns; column += kWidth) visit(column, kWidth);
  if (column < columns) visit(column, columns - column);
}

/// Calls visit(first column, width) for parts of a panel's columns from `column` to before `end`. The widths are the
/// largest powers of two that fit, as types (std::integral_constant), so that loops over a part need no remainder.
template <size_t kWidth, typename Visit>
inline __attribute__((always_inline)) void forEachPart(size_t column, size_t end, Visit visit) {
  static_assert((kWidth & (kWidth - 1)) == 0);
  if (end - column >= kWidth) {
    visit(column, std::integral_constant<size_t, kWidth>());
    column += kWidth;
  }
  if constexpr (kWidth > 1) forEachPart<kWidth / 2>(column, end, visit);
}

}  // namespace
}  // namespace glissade
