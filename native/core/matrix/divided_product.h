#pragma once

#include <algorithm>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/panel_buffer.h"
#include "matrix/product.h"

namespace glissade {

/// How many parts a divided product has if the terms of the first member end with `first`.
inline size_t partsOf(size_t depth, size_t first) {
  return depth <= first ? 1 : 1 + ceilingOf(depth - first, kBlockTerms);
}

/// A product C = A·B of kShortDepth terms at most. Each member of a team sums a range of terms that begins at a block.
/// The blocks are added in turn, as in the undivided product, so C has the same bits.
///
///      terms   0 … ├──── of the first member ────┼─ block ─┼─ block ─┼ … ┤
///      parts                    0                     1         2     …
template <typename Real>
class DividedProduct {
 public:
  /// Makes room for `parts` parts of a product (partsOf).
  void reserve(size_t width, size_t rows, size_t columns, size_t parts) {
    while (buffers_.size() < parts) {
      buffers_.emplace_back(width, rows, columns);
      parts_.push_back(constant(buffers_.back().panels()));
    }
  }

  /// Sums a member's terms of the product's first `rows` rows. `first` is where the first member's terms end. A barrier
  /// must follow.
  void sum(const Product<Real>& product, const KernelsOf<Real>& kernels, const Range& terms, size_t first,
           size_t rows) {
    const size_t last = std::min(terms.end, product.depth), panels = ceilingOf(product.columns, kernels.panelWidth);
    for (size_t begin = terms.begin, end; begin < last; begin = end) {
      end = begin == 0 ? last : std::min(begin + kBlockTerms, last);
      const size_t skippedPanels = begin / kernels.panelWidth;
      Product<Real> part{};
      part.columns = product.columns;
      part.depth = end - begin;
      part.a = {product.a.data + skippedPanels * product.a.panelStride, product.a.panelStride, product.a.rowStride};
      part.b = {product.b.data + begin * product.b.rowStride, product.b.panelStride, product.b.rowStride};
      part.c = buffers_[partAt(begin, first)].panels();
      kernels.multiply(part, {0, rows, 0, panels});
    }
  }

  /// Adds the parts for some rows of C, then `bias` if it is not null.
  void add(const Product<Real>& product, const Real* bias, const KernelsOf<Real>& kernels, size_t first,
           const Range& rows) const {
    kernels.addParts(product, {parts_.data(), partsOf(product.depth, first), bias},
                     {rows.begin, rows.end, 0, ceilingOf(product.columns, kernels.panelWidth)});
  }

 private:
  static size_t partAt(size_t term, size_t first) { return term < first ? 0 : (term - first) / kBlockTerms + 1; }

  std::vector<PanelBuffer<Real>> buffers_;
  std::vector<Panels<const Real>> parts_;
};

}  // namespace glissade
