#pragma once

#include <vector>

#include "drawn.h"
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"

namespace glissade {

/// A random matrix, as panels and row-major, the latter with a margin beside each row.
template <typename Real>
class DrawnMatrix {
 public:
  DrawnMatrix(const KernelsOf<Real>& kernels, size_t rows, size_t columns, uint64_t seed)
      : kernels_(kernels),
        rows_(rows),
        columns_(columns),
        buffer_(drawn<Real>(rows * (columns + kMargin) + kMargin, seed)),
        panels_(kernels.panelWidth, rows, columns) {
    for (size_t i = 0; i < rows; ++i)
      for (size_t j = 0; j < columns; ++j) panels_.at(i, j) = at(i, j);
  }

  Real at(size_t i, size_t j) const { return buffer_[i * (columns_ + kMargin) + j]; }
  size_t rows() const { return rows_; }
  size_t columns() const { return columns_; }
  Panels<const Real> asPanels() { return constant(panels_.panels()); }
  Panels<const Real> asRows() const { return rowMajor(kernels_, buffer_.data(), columns_ + kMargin); }

 private:
  static constexpr size_t kMargin = 5;
  const KernelsOf<Real>& kernels_;
  size_t rows_, columns_;
  Buffer<Real> buffer_;
  PanelBuffer<Real> panels_;
};

/// The range of all of C, which has `rows` rows.
template <typename Real>
PanelRange wholeOf(const KernelsOf<Real>& kernels, size_t rows, const Product<Real>& p) {
  return {0, rows, 0, ceilingOf(p.columns, kernels.panelWidth)};
}

}  // namespace glissade
