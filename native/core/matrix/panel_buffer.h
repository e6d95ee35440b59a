#pragma once

#include <algorithm>
#include <cstddef>

#include "matrix/buffer.h"
#include "matrix/panels.h"
#include "parallel/team.h"

namespace glissade {

/// A matrix that owns its memory: panels of adjacent rows, zero at first. The constructor's `width` is that of a panel
/// (KernelsOf::panelWidth). The number of rows is made odd.
template <typename Element>
class PanelBuffer {
 public:
  PanelBuffer() = default;
  PanelBuffer(size_t width, size_t rows, size_t columns)
      : rows_(rows | 1), width_(width), buffer_(panelSize(rows_, columns, width_)) {}

  /// A matrix followed by a column of ones, so that a product with weights adds the row of biases below them.
  static PanelBuffer followedByOnes(size_t width, size_t rows, size_t columns) {
    PanelBuffer buffer(width, rows, columns + 1);
    for (size_t i = 0; i < rows; ++i) buffer.at(i, columns) = 1;
    return buffer;
  }

  bool isEmpty() const { return buffer_.size() == 0; }
  Panels<Element> panels() { return {buffer_.data(), rows_ * width_, width_}; }
  Element& at(size_t i, size_t j) { return buffer_[(j / width_ * rows_ + i) * width_ + j % width_]; }

  /// Copies rows of a row-major matrix to the same rows here.
  void assign(const Range& rows, const Element* from, size_t columns) {
    for (size_t i = rows.begin; i < rows.end; ++i)
      for (size_t j = 0; j < columns; j += width_)
        std::copy_n(from + i * columns + j, std::min(width_, columns - j), &at(i, j));
  }

  /// Sets some rows to zero, in all panels.
  void clear(const Range& rows) {
    for (size_t panel = 0; panel < buffer_.size(); panel += rows_ * width_)
      std::fill_n(&buffer_[panel + rows.begin * width_], (rows.end - rows.begin) * width_, Element{});
  }

 private:
  size_t rows_ = 0, width_ = 1;  // rows_ is odd, so that a row's panels fall into different sets of a cache
  Buffer<Element> buffer_;
};

}  // namespace glissade
