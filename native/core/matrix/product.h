#pragma once

#include "arch/kernels.h"
#include "parallel/team.h"

namespace glissade {

inline size_t ceilingOf(size_t a, size_t b) { return (a + b - 1) / b; }

/// How many elements `columns` columns of depth `depth` take in panels, whatever the instruction set.
inline size_t packedSize(size_t depth, size_t columns) {
  constexpr size_t kWidest = 32;  // columns of a float tile under AVX-512
  return depth * ceilingOf(columns, kWidest) * kWidest;
}

/// A matrix somewhere in memory; strides in elements.
template <typename Real>
struct Matrix {
  const Real* data;
  size_t rowStride, columnStride;

  Matrix transposed() const { return {data, columnStride, rowStride}; }
};

template <typename Real>
Matrix<Real> rowMajor(const Real* data, size_t columns) {
  return {data, columns, 1};
}

/// Whether a right-hand side is read where it lies: its columns adjacent, and its rows near enough to share pages (a
/// TLB entry for each row costs more than packing).
template <typename Real>
bool isReadInPlace(const Matrix<Real>& b) {
  return b.columnStride == 1 && b.rowStride * sizeof(Real) < 4096;
}

/// The product C = A·B, of `depth` terms each, with C row-major; B is set by `setB`.
template <typename Real>
Product<Real> productOf(const Matrix<Real>& a, size_t rows, size_t depth, size_t columns, Real* c) {
  Product<Real> product{};
  product.rows = rows;
  product.columns = columns;
  product.depth = depth;
  product.a = a.data;
  product.aRowStride = a.rowStride;
  product.aDepthStride = a.columnStride;
  product.c = c;
  product.cStride = columns;
  return product;
}

/// Sets B, which is read where it lies if that is fast, else packed into `packed` first. All members call this; where
/// it packs, a barrier must follow before the product is used.
template <typename Real>
void setB(Product<Real>& product, const KernelsOf<Real>& kernels, const Member& member, const Matrix<Real>& b,
          Real* packed) {
  if (isReadInPlace(b)) {
    product.b = b.data;
    product.panelStride = kernels.panelWidth;
    product.bDepthStride = b.rowStride;
    return;
  }
  const Range panels = member.share(ceilingOf(product.columns, kernels.panelWidth));
  kernels.pack(b.data, b.rowStride, b.columnStride, product.depth, product.columns, panels.begin, panels.end, packed);
  product.b = packed;
  product.panelStride = kernels.panelWidth * product.depth;
  product.bDepthStride = kernels.panelWidth;
}

/// This member's share of the product.
template <typename Real>
void multiply(const Product<Real>& product, const KernelsOf<Real>& kernels, const Member& member) {
  const Range tiles =
      member.share(ceilingOf(product.columns, kernels.panelWidth) * ceilingOf(product.rows, kernels.tileRows));
  kernels.multiply(product, tiles.begin, tiles.end);
}

}  // namespace glissade
