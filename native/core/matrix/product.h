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

/// The same matrix from some row on.
template <typename Real>
Flow<Real> fromRow(const Flow<Real>& flow, size_t row) {
  const size_t skip = row * flow.rowStride;
  return {{flow.data.values + skip, flow.data.tangents ? flow.data.tangents + skip : nullptr},
          flow.panelStride,
          flow.rowStride};
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

/// A product and, where tangents are taken along, its derivative: Ċ = ȦB + AḂ. What an activation needs then follows.
template <typename Real>
struct FlowProduct {
  Product<Real> values{};  // with everything but the operands
  Flow<const Real> a, b;
  Flow<Real> c;

  /// Calls multiply(product) for each of the products that it takes.
  template <typename Multiply>
  void forEach(Multiply multiply) const {
    Product<Real> p = values;
    p.a = valuesOf(a);
    p.b = valuesOf(b);
    p.c = valuesOf(c);
    const bool isDual = c.data.tangents;
    if (isDual) {
      p.activation = Activation::identity;
      p.preactivation = nullptr;
      p.output = nullptr;
    }
    multiply(p);
    if (!isDual) return;
    if (p.following == Following::one) p.following = Following::zero;
    p.c = tangentsOf(c);
    p.a = tangentsOf(a);
    multiply(p);
    p.accumulates = true;
    p.a = valuesOf(a);
    p.b = tangentsOf(b);
    multiply(p);
  }
};

}  // namespace glissade
