// The matrix product beside the triple loop that defines it: every element is one sum in the order of k, with FMA where
// the set has it. So AVX2, AVX-512 and NEON give equal bits, and every tiling does.
#include "matrix/product.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bits.h"
#include "drawn.h"
#include "tables.h"

namespace glissade {
namespace {

struct Shape {
  size_t rows, columns, depth;
};

template <typename Real>
std::vector<Real> plain(const Shape& s, const Matrix<Real>& a, const Matrix<Real>& b, bool fuses) {
  std::vector<Real> c(s.rows * s.columns);
  for (size_t i = 0; i < s.rows; ++i)
    for (size_t j = 0; j < s.columns; ++j) {
      Real sum = 0;
      for (size_t k = 0; k < s.depth; ++k) {
        const Real x = a.data[i * a.rowStride + k * a.columnStride], y = b.data[k * b.rowStride + j * b.columnStride];
        sum = fuses ? std::fma(x, y, sum) : sum + x * y;
      }
      c[i * s.columns + j] = sum;
    }
  return c;
}

/// C with a margin around it and beside each row, to see that nothing else is written.
template <typename Real>
class Guarded {
 public:
  explicit Guarded(const Shape& s) : shape_(s), stride_(s.columns + 3), memory_(64 + s.rows * stride_ + 64, kGuard) {}

  Real* data() { return memory_.data() + 64; }
  size_t stride() const { return stride_; }

  std::vector<Real> take() {
    std::vector<Real> c;
    for (size_t i = 0; i < shape_.rows; ++i) {
      Real* const row = data() + i * stride_;
      c.insert(c.end(), row, row + shape_.columns);
      std::fill_n(row, shape_.columns, kGuard);
    }
    return c;
  }

  /// After `take`: whether all the rest is as it was.
  bool isUntouched() const {
    return std::count(memory_.begin(), memory_.end(), kGuard) == std::ptrdiff_t(memory_.size());
  }

 private:
  static constexpr Real kGuard = Real(-12345.5);
  Shape shape_;
  size_t stride_;
  std::vector<Real> memory_;
};

template <typename Real>
std::vector<Real> product(const KernelsOf<Real>& kernels, const Shape& s, const Matrix<Real>& a, const Matrix<Real>& b,
                          bool packs) {
  Guarded<Real> c(s);
  Product<Real> p = productOf(a, s.rows, s.depth, s.columns, c.data());
  p.cStride = c.stride();
  const size_t panels = ceilingOf(s.columns, kernels.panelWidth);
  Buffer<Real> packed(packs ? packedSize(s.depth, s.columns) : 0);
  if (packs) {
    kernels.pack(b.data, b.rowStride, b.columnStride, s.depth, s.columns, 0, panels, packed.data());
    p.b = packed.data();
    p.panelStride = kernels.panelWidth * s.depth;
    p.bDepthStride = kernels.panelWidth;
  } else {
    p.b = b.data;
    p.panelStride = kernels.panelWidth;
    p.bDepthStride = b.rowStride;
  }
  kernels.multiply(p, 0, panels * ceilingOf(s.rows, kernels.tileRows));
  std::vector<Real> result = c.take();
  CHECK(c.isUntouched());
  return result;
}

/// Every table, with B in place and packed, against the plain loop.
template <typename Real>
void checkAll(const Shape& s, const Matrix<Real>& a, const Matrix<Real>& b) {
  CAPTURE(s.rows);
  CAPTURE(s.columns);
  CAPTURE(s.depth);
  const std::vector<Real> expected[] = {plain(s, a, b, false), plain(s, a, b, true)};
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const KernelsOf<Real>& kernels = table->of<Real>();
    CHECK(difference(product(kernels, s, a, b, true), expected[fuses(*table)]) == "");
    if (b.columnStride == 1) CHECK(difference(product(kernels, s, a, b, false), expected[fuses(*table)]) == "");
  }
}

/// Rows 1–40 and columns 1–70 cross the edges of every tile (6, 12 or 14 rows; 4 to 32 columns); depths take turns.
template <typename Check>
void forEachShape(Check check) {
  constexpr size_t depths[] = {1, 2, 3, 7, 16, 33, 0};
  for (size_t rows = 1; rows <= 40; ++rows)
    for (size_t columns = 1; columns <= 70; ++columns) check(Shape{rows, columns, depths[(rows + columns) % 7]});
  for (size_t depth = 0; depth <= 70; ++depth) check(Shape{15, 33, depth});
  check(Shape{128, 10, 200});
  check(Shape{13, 129, 784});
}

TEST_SUITE_BEGIN("matrix");

TEST_CASE_TEMPLATE("forward products equal the plain loop bit for bit", Real, float, double) {
  forEachShape([](const Shape& s) {
    const Buffer<Real> x = drawn<Real>(s.rows * s.depth, 1), w = drawn<Real>(s.depth * s.columns, 2);
    checkAll(s, rowMajor(x.data(), s.depth), rowMajor(w.data(), s.columns));
  });
}

TEST_CASE_TEMPLATE("weight gradients with a transposed left side equal the plain loop bit for bit", Real, float,
                   double) {
  forEachShape([](const Shape& s) {
    const Buffer<Real> x = drawn<Real>(s.depth * s.rows, 3), d = drawn<Real>(s.depth * s.columns, 4);
    checkAll(s, rowMajor(x.data(), s.rows).transposed(), rowMajor(d.data(), s.columns));
  });
}

TEST_CASE_TEMPLATE("input gradients with a transposed right side equal the plain loop bit for bit", Real, float,
                   double) {
  forEachShape([](const Shape& s) {
    const Buffer<Real> d = drawn<Real>(s.rows * s.depth, 5), w = drawn<Real>(s.columns * s.depth, 6);
    checkAll(s, rowMajor(d.data(), s.depth), rowMajor(w.data(), s.depth).transposed());
  });
}

TEST_CASE_TEMPLATE("a product is near the exact one", Real, float, double) {
  const Shape s{31, 45, 500};
  const Buffer<Real> x = drawn<Real>(s.rows * s.depth, 7), w = drawn<Real>(s.depth * s.columns, 8);
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const std::vector<Real> c =
        product(table->of<Real>(), s, rowMajor(x.data(), s.depth), rowMajor(w.data(), s.columns), true);
    for (size_t i = 0; i < s.rows; ++i)
      for (size_t j = 0; j < s.columns; ++j) {
        long double sum = 0, size = 0;
        for (size_t k = 0; k < s.depth; ++k) {
          const long double term = static_cast<long double>(x[i * s.depth + k]) * w[k * s.columns + j];
          sum += term;
          size += std::abs(term);
        }
        // Higham 2002, section 3.1: n·u of the sum of sizes.
        const long double bound = s.depth * std::numeric_limits<Real>::epsilon() * size;
        if (std::abs(c[i * s.columns + j] - sum) > bound) FAIL_CHECK("element ", i, ", ", j);
      }
  }
}

TEST_CASE_TEMPLATE("a right side is packed where its rows are far apart", Real, float, double) {
  const size_t apart = 4096 / sizeof(Real);
  CHECK(isReadInPlace(rowMajor<Real>(nullptr, apart - 1)));
  CHECK_FALSE(isReadInPlace(rowMajor<Real>(nullptr, apart)));
  CHECK_FALSE(isReadInPlace(rowMajor<Real>(nullptr, 8).transposed()));

  for (const size_t columns : {apart - 1, apart, apart + 37}) {
    CAPTURE(columns);
    const Shape s{5, columns, 9};
    const Buffer<Real> x = drawn<Real>(s.rows * s.depth, 9), w = drawn<Real>(s.depth * s.columns, 10);
    const Matrix<Real> a = rowMajor(x.data(), s.depth), b = rowMajor(w.data(), s.columns);
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      std::vector<Real> c(s.rows * s.columns);
      Product<Real> p = productOf(a, s.rows, s.depth, s.columns, c.data());
      Buffer<Real> packed(packedSize(s.depth, s.columns));
      const Member team[] = {{0, 3}, {1, 3}, {2, 3}};
      for (const Member& member : team) setB(p, table->of<Real>(), member, b, packed.data());
      for (const Member& member : team) multiply(p, table->of<Real>(), member);
      CHECK(difference(c, plain(s, a, b, fuses(*table))) == "");
    }
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
