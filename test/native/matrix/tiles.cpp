// Who computes which tile, and in what order, changes no bit.
#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "bits.h"
#include "data/sampler.h"
#include "drawn.h"
#include "matrix/product.h"
#include "tables.h"

namespace glissade {
namespace {

constexpr Activation kActivations[] = {Activation::identity, Activation::relu, Activation::tanh, Activation::sigmoid,
                                       Activation::gelu};

template <typename Real>
struct Case {
  size_t rows = 57, columns = 75, depth = 19;
  Buffer<Real> x = drawn<Real>(rows * depth, 1), w = drawn<Real>(depth * columns, 2), bias = drawn<Real>(columns, 3);
  Activation activation;

  struct Outcome {
    std::vector<Real> c, preactivation;
  };

  /// The product by tiles [cuts[i], cuts[i + 1]), the parts in `order`.
  Outcome inParts(const KernelsOf<Real>& kernels, const std::vector<size_t>& cuts, const std::vector<uint32_t>& order) {
    Outcome outcome{std::vector<Real>(rows * columns), std::vector<Real>(rows * columns)};
    Product<Real> p = productOf(rowMajor(x.data(), depth), rows, depth, columns, outcome.c.data());
    p.bias = bias.data();
    p.activation = activation;
    p.preactivation = outcome.preactivation.data();
    p.b = w.data();
    p.panelStride = kernels.panelWidth;
    p.bDepthStride = columns;
    for (const uint32_t part : order) kernels.multiply(p, cuts[part], cuts[part + 1]);
    return outcome;
  }
};

TEST_SUITE_BEGIN("matrix");

TEST_CASE_TEMPLATE("any split of the tiles gives equal bits", Real, float, double) {
  for (const Kernels* table : tables())
    for (const Activation activation : kActivations) {
      CAPTURE(nameOf(*table));
      CAPTURE(int(activation));
      Case<Real> example{.activation = activation};
      const KernelsOf<Real>& kernels = table->of<Real>();
      const size_t tiles = ceilingOf(example.columns, kernels.panelWidth) * ceilingOf(example.rows, kernels.tileRows);
      const auto whole = example.inParts(kernels, {0, tiles}, {0});
      Random random(5, Draw::weights, 0);
      for (int attempt = 0; attempt < 20; ++attempt) {
        std::vector<size_t> cuts{0, tiles};
        for (int i = 0; i < attempt; ++i) cuts.push_back(random.below(uint32_t(tiles + 1)));
        std::sort(cuts.begin(), cuts.end());
        std::vector<uint32_t> order(cuts.size() - 1);
        permute(order, Random(6, Draw::order, uint64_t(attempt)));
        const auto parts = example.inParts(kernels, cuts, order);
        CHECK(difference(parts.c, whole.c) == "");
        CHECK(difference(parts.preactivation, whole.preactivation) == "");
      }
    }
}

TEST_CASE_TEMPLATE("panels packed by several members equal those packed by one", Real, float, double) {
  const size_t depth = 23, columns = 133;
  const Buffer<Real> b = drawn<Real>(depth * columns, 4);
  for (const Matrix<Real>& matrix : {rowMajor(b.data(), columns), rowMajor(b.data(), depth).transposed()})
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      const KernelsOf<Real>& kernels = table->of<Real>();
      const size_t panels = ceilingOf(columns, kernels.panelWidth);
      const auto packed = [&](size_t members) {
        Buffer<Real> to(packedSize(depth, columns));
        for (size_t i = members; i-- > 0;) {
          const Range share = Member(i, members).share(panels);
          kernels.pack(matrix.data, matrix.rowStride, matrix.columnStride, depth, columns, share.begin, share.end,
                       to.data());
        }
        return to;
      };
      const Buffer<Real> whole = packed(1);
      for (const size_t members : {2, 3, 7, 40}) CHECK(difference(packed(members), whole) == "");
    }
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
