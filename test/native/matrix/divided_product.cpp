// Products with terms divided among members have the bits of the undivided ones.
#include "matrix/divided_product.h"

#include <doctest/doctest.h>

#include <cstring>

#include "bits.h"
#include "matrix/drawn_matrix.h"
#include "parallel/denormals.h"
#include "tables.h"

namespace glissade {
namespace {

/// Ends of the members' terms: multiples of a block, then the depth.
const std::vector<std::vector<size_t>> kDivisions{
    {128, 300}, {256, 300}, {128, 256, 300}, {0, 0, 256, 256, 300}, {300}};

template <typename Real>
Buffer<Real> undivided(const Product<Real>& product, const KernelsOf<Real>& kernels, size_t rows) {
  Buffer<Real> c(rows * product.columns);
  Product<Real> whole = product;
  whole.c = rowMajor(kernels, c.data(), product.columns);
  kernels.multiply(whole, wholeOf(kernels, rows, whole));
  return c;
}

template <typename Real>
Buffer<Real> divided(const Product<Real>& product, const Real* bias, const KernelsOf<Real>& kernels, size_t rows,
                     const std::vector<size_t>& ends) {
  Buffer<Real> c(rows * product.columns);
  Product<Real> whole = product;
  whole.c = rowMajor(kernels, c.data(), product.columns);
  size_t first = 0, begin = 0;
  for (const size_t end : ends)
    if (first == 0) first = end;
  DividedProduct<Real> parts;
  parts.reserve(kernels.panelWidth, rows, product.columns, partsOf(product.depth, first));
  for (const size_t end : ends) {
    parts.sum(whole, kernels, {begin, end}, first, rows);
    begin = end;
  }
  parts.add(whole, bias, kernels, first, {0, rows / 3});
  parts.add(whole, bias, kernels, first, {rows / 3, rows});
  return c;
}

}  // namespace

TEST_CASE_TEMPLATE("divided products have the bits of undivided ones", Real, float, double) {
  constexpr size_t kRows = 23, kDepth = 300;
  for (const size_t columns : {1, 10, 33, 70})
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      CAPTURE(columns);
      const KernelsOf<Real>& kernels = table->of<Real>();
      DrawnMatrix<Real> a(kernels, kRows, kDepth, 1), b(kernels, kDepth, columns, 2);
      Product<Real> product{};
      product.columns = columns;
      product.depth = kDepth;
      product.a = a.asPanels();
      product.b = b.asRows();
      product.epilogue.activation = Activation::gelu;
      const Buffer<Real> expected = undivided(product, kernels, kRows);
      for (const std::vector<size_t>& ends : kDivisions)
        CHECK(difference(divided<Real>(product, nullptr, kernels, kRows, ends), expected) == "");
    }
}

TEST_CASE_TEMPLATE("a bias that forms a block is added last, -0 as 0", Real, float, double) {
  constexpr size_t kRows = 3, kDepth = 257, kColumns = 40;
  const FlushDenormals flush;
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<Real>& kernels = table->of<Real>();
    auto a = PanelBuffer<Real>::followedByOnes(kernels.panelWidth, kRows, kDepth - 1);
    Buffer<Real> b(kDepth * kColumns);
    for (size_t i = 0; i < kDepth - 1; ++i) {
      a.at(1, i) = Real(i % 7) / 3;
      // Products below the smallest normal number, which become -0, and so do their sums.
      a.at(2, i) = -std::numeric_limits<Real>::min();
      for (size_t j = 0; j < kColumns; ++j) b[i * kColumns + j] = Real(1 + i % 5) / Real(j + 700);
    }
    for (size_t j = 0; j < kColumns; ++j) b[(kDepth - 1) * kColumns + j] = j % 2 ? Real(-0.0) : Real(j) / 9;
    Product<Real> product{};
    product.columns = kColumns;
    product.depth = kDepth;
    product.a = constant(a.panels());
    product.b = rowMajor(kernels, static_cast<const Real*>(b.data()), kColumns);
    const Buffer<Real> expected = undivided(product, kernels, kRows);
    product.depth = kDepth - 1;
    const Buffer<Real> actual =
        divided(product, static_cast<const Real*>(&b[(kDepth - 1) * kColumns]), kernels, kRows, {128, 256});
    CHECK(std::memcmp(actual.data(), expected.data(), actual.size() * sizeof(Real)) == 0);
  }
}

}  // namespace glissade
