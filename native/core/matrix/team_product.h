#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/kernels.h"
#include "matrix/product.h"
#include "parallel/team.h"

namespace glissade {

/// A row-major matrix as panels.
template <typename Real>
Panels<Real> rowMajor(const KernelsOf<std::remove_const_t<Real>>& kernels, Real* data, size_t columns) {
  return {data, kernels.panelWidth, columns};
}

/// max |x| over some rows of a matrix in panels of adjacent rows, or infinity where any x is infinite or NaN. Includes
/// columns beyond the last in its panel.
template <typename Real>
Real magnitude(const KernelsOf<Real>& kernels, const Panels<Real>& matrix, size_t columns, const Range& rows) {
  Real largest = 0;
  for (size_t panel = 0; panel < ceilingOf(columns, kernels.panelWidth); ++panel)
    largest =
        std::max(largest, kernels.magnitude(matrix.data + panel * matrix.panelStride + rows.begin * matrix.rowStride,
                                            rows.size() * matrix.rowStride));
  return largest;
}

template <typename Real, typename Element>
auto multiplierOf(const Kernels& kernels) {
  if constexpr (std::is_same_v<Element, Pair>)
    return kernels.bfloat16.multiply;
  else
    return kernels.of<Real>().multiply;
}

/// Computes a part of the product on the calling thread.
template <typename Real, typename Element>
void multiply(const Product<Real, Element>& product, const Kernels& kernels, const PanelRange& part) {
  multiplierOf<Real, Element>(kernels)(product, part);
}

/// Computes some rows of the product, all columns, on the calling thread.
template <typename Real, typename Element>
void multiply(const Product<Real, Element>& product, const Kernels& kernels, const Range& rows) {
  multiply(product, kernels,
           PanelRange{rows.begin, rows.end, 0, ceilingOf(product.columns, kernels.of<Real>().panelWidth)});
}

/// This member's share of a matrix: a range of rows and one of panels. `across` members share the panels of the same
/// rows; it is the divisor of the team's size with the least estimated time. By panels, a member reads only its columns
/// of B: two threads multiply 256 rows with 2048 × 2048 weights at 422 GFLOP/s by panels, and at 333 GFLOP/s by rows.
inline PanelRange shareOf(const Member& member, size_t rows, size_t panels) {
  if (panels == 1) {
    const Range share = member.share(rows);
    return {share.begin, share.end, 0, 1};
  }
  constexpr size_t kReading = 8;  // reading a panel of B takes about as long as multiplying this many rows by it
  size_t across = 1, least = SIZE_MAX;
  for (size_t n = 1; n <= member.count(); ++n) {
    if (member.count() % n != 0) continue;
    const size_t time = ceilingOf(panels, n) * (ceilingOf(rows, member.count() / n) + kReading);
    if (time >= least) continue;
    least = time;
    across = n;
  }
  const Range rowShare = Member(member.index() / across, member.count() / across).share(rows);
  const Range panelShare = Member(member.index() % across, across).share(panels);
  return {rowShare.begin, rowShare.end, panelShare.begin, panelShare.end};
}

/// Computes this member's share of the product's first `rows` rows.
template <typename Real, typename Element>
void multiply(const Product<Real, Element>& product, const Kernels& kernels, const Member& member, size_t rows) {
  const size_t panels = ceilingOf(product.columns, kernels.of<Real>().panelWidth);
  multiply(product, kernels, shareOf(member, rows, panels));
}

}  // namespace glissade
