#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "arch/kernels.h"
#include "matrix/buffer.h"
#include "parallel/team.h"

namespace glissade {

inline size_t ceilingOf(size_t a, size_t b) { return (a + b - 1) / b; }

/// How many elements a matrix takes in panels, whatever the instruction set.
inline size_t panelSize(size_t rows, size_t columns) {
  constexpr size_t kWidest = 32;  // floats under AVX-512
  return rows * ceilingOf(columns, kWidest) * kWidest;
}

/// A row-major matrix as panels.
template <typename Real>
Panels<Real> rowMajor(const KernelsOf<std::remove_const_t<Real>>& kernels, Real* data, size_t columns) {
  return {data, kernels.panelWidth, columns};
}

template <typename Real>
Panels<const Real> constant(const Panels<Real>& panels) {
  return {panels.data, panels.panelStride, panels.rowStride};
}

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

/// How a table multiplies elements of this type.
template <typename Real, typename Element>
auto multiplierOf(const Kernels& kernels) {
  if constexpr (std::is_same_v<Element, Pair>)
    return kernels.bfloat16.multiply;
  else
    return kernels.of<Real>().multiply;
}

/// Some rows of the product, on one thread.
template <typename Real, typename Element>
void multiply(const Product<Real, Element>& product, const Kernels& kernels, const Range& rows) {
  multiplierOf<Real, Element>(kernels)(
      product, {rows.begin, rows.end, 0, ceilingOf(product.columns, kernels.of<Real>().panelWidth)});
}

/// This member's block of a matrix. The team falls into groups of `across` members: groups share the rows, members of a
/// group the panels. `across` is the divisor of the team's size with which all are done soonest.
inline Block shareOf(const Member& member, size_t rows, size_t panels) {
  constexpr size_t kReading = 8;  // to read a panel of B takes about as long as to multiply so many rows with it
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

/// This member's share of the product's first `rows` rows.
template <typename Real, typename Element>
void multiply(const Product<Real, Element>& product, const Kernels& kernels, const Member& member, size_t rows) {
  const size_t panels = ceilingOf(product.columns, kernels.of<Real>().panelWidth);
  multiplierOf<Real, Element>(kernels)(product, shareOf(member, rows, panels));
}

}  // namespace glissade
