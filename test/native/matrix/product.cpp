// Compares the matrix product with the plain loops that define it: every element is a sum of blocks of terms, with FMA
// where the instruction set has it. AVX2, AVX-512 and NEON therefore give equal bits, as does every way of sharing a
// product.
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "bits.h"
#include "matrix/blocked_sum.h"
#include "matrix/drawn_matrix.h"
#include "tables.h"

namespace glissade {
namespace {

struct Shape {
  size_t rows, columns, depth;
};

/// The transposed operand.
enum class Form { neither, a, b };

template <typename Real>
struct Example {
  const Kernels& table;
  Shape shape;
  Form form;
  const KernelsOf<Real>& kernels = table.of<Real>();
  DrawnMatrix<Real> a = form == Form::a ? DrawnMatrix<Real>(kernels, shape.depth, shape.rows, 1)
                                        : DrawnMatrix<Real>(kernels, shape.rows, shape.depth, 1),
                    b = form == Form::b ? DrawnMatrix<Real>(kernels, shape.columns, shape.depth, 2)
                                        : DrawnMatrix<Real>(kernels, shape.depth, shape.columns, 2);

  Real term(size_t i, size_t k, size_t j, Real sum) const {
    const Real x = form == Form::a ? a.at(k, i) : a.at(i, k), y = form == Form::b ? b.at(j, k) : b.at(k, j);
    return fuses(table) ? std::fma(x, y, sum) : sum + x * y;
  }

  /// The product, added to `before` if that is given.
  std::vector<Real> plain(const std::vector<Real>& before = {}) const {
    std::vector<Real> c;
    for (size_t i = 0; i < shape.rows; ++i)
      for (size_t j = 0; j < shape.columns; ++j) {
        const Real* const start = before.empty() ? nullptr : &before[i * shape.columns + j];
        c.push_back(blockedSum<Real>(
            shape.depth, [&](size_t k, Real sum) { return term(i, k, j, sum); }, start));
      }
    return c;
  }

  Product<Real> product(bool aIsRowMajor, bool bIsRowMajor) {
    Product<Real> p{};
    p.columns = shape.columns;
    p.depth = shape.depth;
    p.a = aIsRowMajor ? a.asRows() : a.asPanels();
    p.aIsTransposed = form == Form::a;
    p.b = bIsRowMajor ? b.asRows() : b.asPanels();
    p.bIsTransposed = form == Form::b;
    return p;
  }
};

/// Memory for C, with guards around it and beside each row, to check that nothing else is written. The last panel
/// has whole rows, which may be written.
template <typename Real>
class Guarded {
 public:
  Guarded(const KernelsOf<Real>& kernels, const Shape& s, bool isRowMajor)
      : shape_(s), width_(kernels.panelWidth), isRowMajor_(isRowMajor) {
    const size_t stride = s.columns + (s.columns + 3 == width_ ? 4 : 3);
    const size_t size = isRowMajor ? s.rows * stride : s.rows * ceilingOf(s.columns, width_) * width_;
    memory_.assign(kMargin + size + kMargin, kGuard);
    panels_ = isRowMajor ? Panels<Real>{memory_.data() + kMargin, width_, stride}
                         : Panels<Real>{memory_.data() + kMargin, s.rows * width_, width_};
  }

  const Panels<Real>& panels() const { return panels_; }

  /// Returns C, and resets its memory to guards.
  std::vector<Real> take() {
    std::vector<Real> c;
    for (size_t i = 0; i < shape_.rows; ++i)
      for (size_t j = 0; j < shape_.columns; ++j) c.push_back(std::exchange(at(i, j), kGuard));
    for (size_t i = 0; !isRowMajor_ && i < shape_.rows; ++i)
      for (size_t j = shape_.columns; j % width_ != 0; ++j) at(i, j) = kGuard;
    return c;
  }

  /// After `take`: whether nothing else was written.
  bool isUntouched() const {
    return std::count(memory_.begin(), memory_.end(), kGuard) == std::ptrdiff_t(memory_.size());
  }

 private:
  Real& at(size_t i, size_t j) {
    return panels_.data[j / width_ * panels_.panelStride + i * panels_.rowStride + j % width_];
  }

  static constexpr Real kGuard = Real(-12345.5);
  static constexpr size_t kMargin = 64;
  Shape shape_;
  size_t width_;
  bool isRowMajor_;
  std::vector<Real> memory_;
  Panels<Real> panels_;
};

/// Compares each table with the plain loop, with operands and results in panels and row-major.
template <typename Real>
void checkAll(const Shape& s, Form form) {
  CAPTURE(s.rows);
  CAPTURE(s.columns);
  CAPTURE(s.depth);
  CAPTURE(int(form));
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Example<Real> example{*table, s, form};
    const std::vector<Real> expected = example.plain();
    for (const bool aIsRowMajor : {false, true})
      for (const bool bIsRowMajor : {false, true})
        for (const bool cIsRowMajor : {false, true}) {
          if (aIsRowMajor && form != Form::a) continue;
          Product<Real> p = example.product(aIsRowMajor, bIsRowMajor);
          Guarded<Real> c(example.kernels, s, cIsRowMajor);
          p.c = c.panels();
          example.kernels.multiply(p, wholeOf(example.kernels, example.shape.rows, p));
          CHECK(difference(c.take(), expected) == "");
          CHECK(c.isUntouched());
        }
  }
}

/// Accumulates a product on itself, in two ranges of rows. C's memory begins with the range's first row (firstRow).
template <typename Real>
void checkAccumulated(const Shape& s, Form form) {
  CAPTURE(s.depth);
  CAPTURE(int(form));
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Example<Real> example{*table, s, form};
    const std::vector<Real> expected = example.plain(example.plain());
    for (const bool cIsRowMajor : {false, true}) {
      Product<Real> p = example.product(false, true);
      Guarded<Real> c(example.kernels, s, cIsRowMajor);
      p.c = c.panels();
      for (const size_t row : {size_t{0}, s.rows / 2}) {
        const PanelRange block{row, row == 0 ? s.rows / 2 : s.rows, 0,
                               ceilingOf(s.columns, example.kernels.panelWidth)};
        p.firstRow = row;
        p.c.data = c.panels().data + row * p.c.rowStride;
        p.epilogue.accumulates = false;
        example.kernels.multiply(p, block);
        p.epilogue.accumulates = true;
        example.kernels.multiply(p, block);
      }
      CHECK(difference(c.take(), expected) == "");
      CHECK(c.isUntouched());
    }
  }
}

/// Rows 1–40 and columns 1–70 cross the edges of every tile (6, 12 or 14 rows; 4 to 32 columns); depths alternate.
template <typename Check>
void forEachShape(Check check) {
  constexpr size_t depths[] = {1, 2, 3, 7, 16, 33, 0};
  for (size_t rows = 1; rows <= 40; ++rows)
    for (size_t columns = 1; columns <= 70; ++columns) check(Shape{rows, columns, depths[(rows + columns) % 7]});
  for (size_t depth = 0; depth <= 70; ++depth) check(Shape{15, 33, depth});
  for (const size_t depth : {127, 128, 129, 192, 255, 256, 257, 511, 513, 785}) check(Shape{29, 41, depth});  // blocks
  for (const size_t depth : {2047, 2048, 2049, 4096, 4097, 9000}) check(Shape{3, 35, depth});  // stretches
  check(Shape{150, 5, 4200});  // more rows than kStretchRows
  check(Shape{2, 200, 4200});  // more panels than kStretchPanels
  check(Shape{128, 10, 200});
  check(Shape{70, 1100, 20});  // rows of B so far apart that they are copied
}

TEST_SUITE_BEGIN("matrix");

TEST_CASE_TEMPLATE("products equal the plain loop bit for bit", Real, float, double) {
  for (const Form form : {Form::neither, Form::a, Form::b})
    forEachShape([&](const Shape& s) { checkAll<Real>(s, form); });
}

TEST_CASE_TEMPLATE("accumulating products equal the plain loop bit for bit", Real, float, double) {
  for (const Form form : {Form::neither, Form::a, Form::b})
    for (const size_t depth : {0, 1, 64, 65, 300, 2100, 4096, 4097, 10000})
      checkAccumulated<Real>({31, 37, depth}, form);
}

/// The largest error of an element, relative to the sum of its terms' magnitudes.
double errorOf(const Kernels& table, const Shape& s, double low) {
  const KernelsOf<float>& kernels = table.float32;
  const auto matrix = [&](size_t rows, size_t columns, uint64_t seed) {
    PanelBuffer<float> panels(kernels.panelWidth, rows, columns);
    panels.assign({0, rows}, drawn<float>(rows * columns, seed, low).data(), columns);
    return panels;
  };
  PanelBuffer<float> a = matrix(s.rows, s.depth, 1), b = matrix(s.depth, s.columns, 2),
                     c(kernels.panelWidth, s.rows, s.columns);
  Product<float> p{s.columns, s.depth, constant(a.panels()), constant(b.panels()), false, false, c.panels()};
  kernels.multiply(p, wholeOf(kernels, s.rows, p));
  double largest = 0;
  for (size_t i = 0; i < s.rows; ++i)
    for (size_t j = 0; j < s.columns; ++j) {
      double sum = 0, size = 0;
      for (size_t k = 0; k < s.depth; ++k) {
        const double term = double(a.at(i, k)) * double(b.at(k, j));
        sum += term;
        size += std::abs(term);
      }
      largest = std::max(largest, std::abs(double(c.at(i, j)) - sum) / size);
    }
  return largest;
}

// A running sum of 50,000 positive numbers has a relative error of about 4e-6.
TEST_CASE("errors hardly grow with the depth of a product") {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    for (const size_t depth : {784, 5000, 50000, 65536, 100000}) {
      CAPTURE(depth);
      CHECK(errorOf(*table, {8, 40, depth}, 0) < 5e-7);
      CHECK(errorOf(*table, {8, 40, depth}, -1) < 1e-7);
    }
  }
}

TEST_CASE_TEMPLATE("a product is close to the exact one", Real, float, double) {
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    Example<Real> example{*table, {31, 45, 500}, Form::neither};
    Product<Real> p = example.product(false, true);
    PanelBuffer<Real> c(example.kernels.panelWidth, 31, 45);
    p.c = c.panels();
    example.kernels.multiply(p, wholeOf(example.kernels, example.shape.rows, p));
    for (size_t i = 0; i < 31; ++i)
      for (size_t j = 0; j < 45; ++j) {
        long double sum = 0, size = 0;
        for (size_t k = 0; k < 500; ++k) {
          const long double term = static_cast<long double>(example.a.at(i, k)) * example.b.at(k, j);
          sum += term;
          size += std::abs(term);
        }
        // Higham 2002, section 3.1: n·u times the sum of magnitudes.
        const long double bound = 500 * std::numeric_limits<Real>::epsilon() * size;
        if (std::abs(c.at(i, j) - sum) > bound) FAIL_CHECK("element ", i, ", ", j);
      }
  }
}

TEST_CASE_TEMPLATE("any division into blocks gives equal bits", Real, float, double) {
  const Shape s{77, 133, 300};
  for (const Kernels* table : tables())
    for (const Form form : {Form::neither, Form::a, Form::b}) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(form));
      Example<Real> example{*table, s, form};
      const std::vector<Real> expected = example.plain();
      const size_t panels = ceilingOf(s.columns, example.kernels.panelWidth);
      Random random(5, Draw::weights, 0);
      for (int attempt = 0; attempt < 20; ++attempt) {
        Product<Real> p = example.product(false, attempt % 2 == 0);
        Guarded<Real> c(example.kernels, s, attempt % 3 == 0);
        p.c = c.panels();
        std::vector<size_t> rows{0, s.rows};
        for (int i = 0; i < attempt; ++i) rows.push_back(random.below(uint32_t(s.rows + 1)));
        std::sort(rows.begin(), rows.end());
        for (size_t i = rows.size() - 1; i > 0; --i) {
          const size_t cut = random.below(uint32_t(panels + 1));
          example.kernels.multiply(p, {rows[i - 1], rows[i], cut, panels});
          example.kernels.multiply(p, {rows[i - 1], rows[i], 0, cut});
        }
        CHECK(difference(c.take(), expected) == "");
        CHECK(c.isUntouched());
      }
      for (const size_t members : {1, 2, 3, 6, 7, 40}) {
        Product<Real> p = example.product(false, false);
        Guarded<Real> c(example.kernels, s, false);
        p.c = c.panels();
        for (size_t i = 0; i < members; ++i) multiply(p, example.table, Member(i, members), s.rows);
        CHECK(difference(c.take(), expected) == "");
      }
    }
}

TEST_CASE("wide products are shared by panels, narrow ones by rows, and by many members both ways") {
  const auto isShare = [](const PanelRange& block, const PanelRange& expected) {
    return block.rowBegin == expected.rowBegin && block.rowEnd == expected.rowEnd &&
           block.panelBegin == expected.panelBegin && block.panelEnd == expected.panelEnd;
  };
  CHECK(isShare(shareOf(Member(1, 2), 128, 16), {0, 128, 8, 16}));
  CHECK(isShare(shareOf(Member(1, 2), 128, 1), {64, 128, 0, 1}));
  CHECK(isShare(shareOf(Member(1, 2), 128, 3), {64, 128, 0, 3}));
  CHECK(isShare(shareOf(Member(1, 2), 1, 3), {0, 1, 1, 3}));
  CHECK(isShare(shareOf(Member(7, 8), 64, 4), {32, 64, 3, 4}));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
