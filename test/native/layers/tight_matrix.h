#pragma once

#include <limits>
#include <vector>

#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"

namespace glissade {

/// Row-major numbers and their tangents, which are empty if none are computed.
template <typename Real>
struct Numbers {
  std::vector<Real> values, tangents;

  Track<Real> track() { return {values.data(), tangents.empty() ? nullptr : tangents.data()}; }
};

enum class Layout { panels, rows };

/// A matrix in memory of the least size, so that the address sanitizer detects accesses beyond it. Panels have room
/// for a column of ones. Elements that are not assigned are NaN, which reveals their use.
template <typename Real>
class TightMatrix {
 public:
  TightMatrix(size_t width, size_t rows, size_t columns, Layout layout, Tangents tangents)
      : width_(width), rows_(rows), columns_(columns), layout_(layout) {
    const size_t size = layout == Layout::rows ? rows * columns : rows * ceilingOf(columns + 1, width) * width;
    memory_.values.assign(size, std::numeric_limits<Real>::quiet_NaN());
    if (tangents == Tangents::alongside) memory_.tangents = memory_.values;
  }

  Flow<Real> flow() {
    if (layout_ == Layout::rows) return {memory_.track(), width_, columns_};
    return {memory_.track(), rows_ * width_, width_};
  }

  void assign(const Numbers<Real>& numbers) {
    for (size_t i = 0; i < numbers.values.size(); ++i) {
      const size_t place = placeOf(i / columns_, i % columns_);
      memory_.values[place] = numbers.values[i];
      if (!memory_.tangents.empty()) memory_.tangents[place] = numbers.tangents[i];
    }
  }

  void followByOnes() {
    for (size_t i = 0; i < rows_; ++i) {
      memory_.values[placeOf(i, columns_)] = 1;
      if (!memory_.tangents.empty()) memory_.tangents[placeOf(i, columns_)] = 0;
    }
  }

 private:
  size_t placeOf(size_t i, size_t j) {
    const Flow<Real> flow = this->flow();
    return j / width_ * flow.panelStride + i * flow.rowStride + j % width_;
  }

  size_t width_, rows_, columns_;
  Layout layout_;
  Numbers<Real> memory_;
};

/// The elements of a matrix in panels of `width` columns.
template <typename Real>
Numbers<Real> numbersIn(const Flow<Real>& flow, size_t width, size_t rows, size_t columns) {
  Numbers<Real> numbers;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) {
      const size_t place = j / width * flow.panelStride + i * flow.rowStride + j % width;
      numbers.values.push_back(flow.data.values[place]);
      if (flow.data.tangents) numbers.tangents.push_back(flow.data.tangents[place]);
    }
  return numbers;
}

/// Fills the first rows of a matrix. All its other elements become NaN.
template <typename Real>
void fillFrom(const std::vector<Real>& numbers, size_t width, size_t rows, size_t columns, PanelBuffer<Real>& to) {
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < ceilingOf(columns, width) * width; ++j) {
      const bool isGiven = j < columns && i * columns < numbers.size();
      to.at(i, j) = isGiven ? numbers[i * columns + j] : std::numeric_limits<Real>::quiet_NaN();
    }
}

}  // namespace glissade
