// The epilogue of a product: activations, their derivatives, and the column of ones.
#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "bits.h"
#include "layers/activated.h"
#include "matrix/drawn_matrix.h"
#include "tables.h"

namespace glissade {
namespace {

/// The elements of a matrix, row-major.
template <typename Real>
std::vector<Real> elementsOf(PanelBuffer<Real>& m, size_t rows, size_t columns) {
  std::vector<Real> elements;
  for (size_t i = 0; i < rows; ++i)
    for (size_t j = 0; j < columns; ++j) elements.push_back(m.at(i, j));
  return elements;
}

TEST_SUITE_BEGIN("matrix");

TEST_CASE_TEMPLATE("a product is activated, and its arguments saved, as panels and row-major", Real, float, double) {
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations)
      for (const size_t columns : {1, 7, 16, 31, 32, 75})
        for (const size_t depth : {19, 300}) {
          CAPTURE(nameOf(*table));
          CAPTURE(int(activation));
          CAPTURE(columns);
          CAPTURE(depth);
          const KernelsOf<Real>& kernels = table->of<Real>();
          const size_t rows = 57;
          DrawnMatrix<Real> a(kernels, rows, depth, 1), b(kernels, depth, columns, 2);
          PanelBuffer<Real> arguments(kernels.panelWidth, rows, columns), c(kernels.panelWidth, rows, columns),
              saved(kernels.panelWidth, rows, columns);
          Product<Real> p{};
          p.columns = columns;
          p.depth = depth;
          p.a = a.asPanels();
          p.b = b.asPanels();
          p.c = arguments.panels();
          kernels.multiply(p, wholeOf(kernels, rows, p));
          const std::vector<Real> x = elementsOf(arguments, rows, columns), y = activated(kernels, activation, x);

          p.epilogue.activation = activation;
          p.c = c.panels();
          p.epilogue.keptPreactivation = saved.panels().data;
          kernels.multiply(p, wholeOf(kernels, rows, p));
          CHECK(difference(elementsOf(c, rows, columns), y) == "");
          if (activation != Activation::identity) CHECK(difference(elementsOf(saved, rows, columns), x) == "");

          std::vector<Real> flat(rows * columns), flatKept(rows * columns);
          p.c = rowMajor(kernels, flat.data(), columns);
          p.epilogue.keptPreactivation = flatKept.data();
          kernels.multiply(p, wholeOf(kernels, rows, p));
          CHECK(difference(flat, y) == "");
          if (activation != Activation::identity) CHECK(difference(flatKept, x) == "");
        }
}

TEST_CASE_TEMPLATE("a product of the backward pass is multiplied with the derivative", Real, float, double) {
  const size_t rows = 33, depth = 20;
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations)
      for (const size_t columns : {1, 31, 32, 75}) {
        CAPTURE(nameOf(*table));
        CAPTURE(int(activation));
        CAPTURE(columns);
        const KernelsOf<Real>& kernels = table->of<Real>();
        DrawnMatrix<Real> delta(kernels, rows, depth, 1), w(kernels, columns, depth, 2);
        PanelBuffer<Real> plain(kernels.panelWidth, rows, columns), c(kernels.panelWidth, rows, columns),
            outputs(kernels.panelWidth, rows, columns), arguments(kernels.panelWidth, rows, columns);
        const Buffer<Real> x = drawn<Real>(rows * columns, 3);
        const std::vector<Real> xs(x.data(), x.data() + x.size()), ys = activated(kernels, activation, xs);
        arguments.assign({0, rows}, xs.data(), columns);
        outputs.assign({0, rows}, ys.data(), columns);
        Product<Real> p{};
        p.columns = columns;
        p.depth = depth;
        p.a = delta.asPanels();
        p.b = w.asRows();
        p.bIsTransposed = true;
        p.c = plain.panels();
        kernels.multiply(p, wholeOf(kernels, rows, p));
        std::vector<Real> expected = elementsOf(plain, rows, columns);
        kernels.activationBackward(activation, ys.data(), xs.data(), expected.data(), expected.size());

        p.c = c.panels();
        p.epilogue.activation = activation;
        p.epilogue.output = outputs.panels().data;
        p.epilogue.preactivation = arguments.panels().data;
        kernels.multiply(p, wholeOf(kernels, rows, p));
        CHECK(difference(elementsOf(c, rows, columns), expected) == "");
      }
}

TEST_CASE_TEMPLATE("a column of ones follows, and adds a row of biases to the next product", Real, float, double) {
  for (const Kernels* table : tables())
    for (const size_t columns : {1, 15, 16, 17, 31, 32, 33, 70}) {
      CAPTURE(nameOf(*table));
      CAPTURE(columns);
      const KernelsOf<Real>& kernels = table->of<Real>();
      DrawnMatrix<Real> a(kernels, 20, 9, 1), b(kernels, 9, columns, 2);
      auto c = PanelBuffer<Real>::followedByOnes(kernels.panelWidth, 20, columns);
      Product<Real> p{};
      p.columns = columns;
      p.depth = 9;
      p.a = a.asPanels();
      p.b = b.asPanels();
      p.c = c.panels();
      p.epilogue.activation = Activation::sigmoid;
      p.epilogue.nextColumn = NextColumn::one;
      for (int times = 0; times < 2; ++times) {
        kernels.multiply(p, wholeOf(kernels, 20, p));
        for (size_t i = 0; i < 20; ++i) CHECK(c.at(i, columns) == 1);
      }
    }
}

TEST_CASE_TEMPLATE("the magnitude of some rows ignores the others", Real, float, double) {
  for (const Kernels* table : tables()) {
    const KernelsOf<Real>& kernels = table->of<Real>();
    PanelBuffer<Real> m(kernels.panelWidth, 9, 70);
    m.at(3, 69) = -5;
    m.at(7, 0) = 8;
    CHECK(magnitude(kernels, m.panels(), 70, {0, 3}) == 0);
    CHECK(magnitude(kernels, m.panels(), 70, {2, 7}) == 5);
    CHECK(magnitude(kernels, m.panels(), 70, {0, 9}) == 8);
    m.at(8, 40) = std::numeric_limits<Real>::quiet_NaN();
    CHECK(magnitude(kernels, m.panels(), 70, {0, 8}) == 8);
    CHECK(magnitude(kernels, m.panels(), 70, {8, 9}) == std::numeric_limits<Real>::infinity());
  }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
