#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "matrix/panels.h"
#include "parallel/team.h"

namespace glissade {

/// A matrix that owns its panels, each of adjacent rows, all zero at first.
template <typename Element>
class PanelBuffer {
 public:
  PanelBuffer() = default;
  PanelBuffer(size_t width, size_t rows, size_t columns)
      : rows_(rows | 1), width_(width), buffer_(ceilingOf(columns, width_) * rows_ * width_) {}

  /// With column `columns` all ones, so that a row of biases below the weights is added to each product with them.
  static PanelBuffer followedByOnes(size_t width, size_t rows, size_t columns) {
    PanelBuffer buffer(width, rows, columns + 1);
    for (size_t i = 0; i < rows; ++i) buffer.at(i, columns) = 1;
    return buffer;
  }

  bool isEmpty() const { return buffer_.size() == 0; }
  Panels<Element> panels() { return {buffer_.data(), rows_ * width_, width_}; }
  Element& at(size_t i, size_t j) { return buffer_[(j / width_ * rows_ + i) * width_ + j % width_]; }

  /// Copies some rows of a row-major matrix.
  void assign(const Range& rows, const Element* from, size_t columns) {
    for (size_t i = rows.begin; i < rows.end; ++i)
      for (size_t j = 0; j < columns; j += width_)
        std::copy_n(from + i * columns + j, std::min(width_, columns - j), &at(i, j));
  }

  /// Makes all of some rows zero.
  void clear(const Range& rows) {
    for (size_t panel = 0; panel < buffer_.size(); panel += rows_ * width_)
      std::fill_n(&buffer_[panel + rows.begin * width_], (rows.end - rows.begin) * width_, Element{});
  }

  /// The largest size of an element among some rows, or infinity where any is not finite.
  Element magnitude(const KernelsOf<Element>& kernels, const Range& rows) const {
    Element largest = 0;
    for (size_t panel = 0; panel < buffer_.size(); panel += rows_ * width_)
      largest = std::max(
          largest, kernels.magnitude(buffer_.data() + panel + rows.begin * width_, (rows.end - rows.begin) * width_));
    return largest;
  }

 private:
  size_t rows_ = 0, width_ = 1;  // an odd number of rows, so that rows of panels don't share few sets of a cache
  Buffer<Element> buffer_;
};

enum class Tangents { none, alongside };

/// A matrix that passes through a network, with its tangents where they are taken along.
template <typename Real>
struct Variable {
  PanelBuffer<Real> values, tangents;

  Variable() = default;
  Variable(size_t width, size_t rows, size_t columns, Tangents kind) : values(width, rows, columns) {
    if (kind == Tangents::alongside) tangents = PanelBuffer<Real>(width, rows, columns);
  }
  /// With a column of ones after it.
  static Variable followedByOnes(size_t width, size_t rows, size_t columns, Tangents kind) {
    Variable variable;
    variable.values = PanelBuffer<Real>::followedByOnes(width, rows, columns);
    if (kind == Tangents::alongside) variable.tangents = PanelBuffer<Real>(width, rows, columns + 1);
    return variable;
  }

  bool isEmpty() const { return values.isEmpty(); }
  Flow<Real> flow() {
    const Panels<Real> panels = values.panels();
    return {{panels.data, tangents.panels().data}, panels.panelStride, panels.rowStride};
  }
};

}  // namespace glissade
