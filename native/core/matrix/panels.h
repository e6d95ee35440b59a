// Matrices in panels.
#pragma once

#include <cstddef>

#include "arch/dual.h"
#include "matrix/buffer.h"

namespace glissade {

/// A matrix in panels of NR columns (Tile::kNR, KernelsOf::panelWidth), one panel after another. NR is 32 floats with
/// AVX-512, 16 with AVX2, 8 with NEON and the baseline; half as many doubles.
///
///       panel 0      panel 1
///      ┌─ NR ─┐     ┌─ NR ─┐
///      │ row 0│     │ row 0│    element (i, j) at data[j / NR · panelStride + i · rowStride + j % NR]
///      │ row 1│     │ row 1│
///      │  …   │     │  …   │    adjacent rows: rowStride = NR
///      └──────┘     └──────┘    a row-major matrix: panelStride = NR
///
/// Where rows are adjacent, the last panel has room for NR columns. Its numbers beyond the last column are arbitrary,
/// unless stated otherwise. A PanelBuffer's panelStride is (rows | 1) · NR.
template <typename Real>
struct Panels {
  Real* data;
  size_t panelStride, rowStride;
};

/// A matrix in panels and its tangents, which have the same layout. data.tangents is null where none are computed.
template <typename Real>
struct Flow {
  Track<Real> data;
  size_t panelStride, rowStride;
};

inline size_t ceilingOf(size_t a, size_t b) { return (a + b - 1) / b; }

/// The number of elements in panels of exactly `rows` rows, each `width` columns wide. A PanelBuffer may add a row. The
/// default width gives an upper bound for all instruction sets.
/// @throws std::bad_alloc if it is above SIZE_MAX.
inline size_t panelSize(size_t rows, size_t columns, size_t width = 32) {
  return checkedProduct(ceilingOf(columns, width), rows, width);
}

template <typename Real>
Panels<const Real> constant(const Panels<Real>& panels) {
  return {panels.data, panels.panelStride, panels.rowStride};
}

template <typename Real>
Flow<const Real> constant(const Flow<Real>& flow) {
  return {{flow.data.values, flow.data.tangents}, flow.panelStride, flow.rowStride};
}

template <typename Real>
Panels<Real> valuesOf(const Flow<Real>& flow) {
  return {flow.data.values, flow.panelStride, flow.rowStride};
}
template <typename Real>
Panels<Real> tangentsOf(const Flow<Real>& flow) {
  return {flow.data.tangents, flow.panelStride, flow.rowStride};
}

/// Calls work(from, to), a linear function, on the values and, if there are any, on the tangents.
template <typename Real, typename Work>
void linearly(const Flow<const Real>& from, const Flow<Real>& to, Work work) {
  work(valuesOf(from), valuesOf(to));
  if (to.data.tangents) work(tangentsOf(from), tangentsOf(to));
}

/// The matrix from row `row` on.
template <typename Real>
Flow<Real> fromRow(const Flow<Real>& flow, size_t row) {
  const size_t skip = row * flow.rowStride;
  return {{flow.data.values + skip, flow.data.tangents ? flow.data.tangents + skip : nullptr},
          flow.panelStride,
          flow.rowStride};
}

}  // namespace glissade
