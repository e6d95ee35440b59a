#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "bits.h"
#include "data/random.h"
#include "data/stored.h"
#include "data/table.h"
#include "matrix/panel_buffer.h"
#include "matrix/team_product.h"
#include "tables.h"

namespace glissade {
namespace {

template <typename Stored>
constexpr Format formatOf() {
  if constexpr (sizeof(Stored) == 1)
    return Format::uint8;
  else if constexpr (sizeof(Stored) == 2)
    return Format::bfloat16;
  else if constexpr (sizeof(Stored) == 4)
    return Format::float32;
  else
    return Format::float64;
}

/// Gathers scattered rows on every table, and compares them with a conversion and a multiplication of each value.
template <typename Stored, typename Real>
void check(double scale) {
  constexpr Real kGuard = Real(-12345.5);
  Random random(1, Draw::weights, 0);
  for (size_t columns = 1; columns <= 67; ++columns) {
    CAPTURE(columns);
    std::vector<Stored> table(9 * columns);
    for (Stored& value : table)
      value = sizeof(Stored) <= 2 ? Stored(sizeof(Stored) == 1 ? random.below(256) : 0x3f00 + random.below(256))
                                  : Stored(random.uniform() - 0.5);
    const uint32_t rows[] = {8, 0, 3, 3, 7};
    std::vector<Real> expected(7 * columns, kGuard);  // only rows 1 to 4 of the listed ones
    for (size_t i = 1; i < 5; ++i)
      for (size_t j = 0; j < columns; ++j)
        expected[i * columns + j] = static_cast<Real>(valueOf(table[rows[i] * columns + j])) * static_cast<Real>(scale);
    for (const Kernels* kernels : tables()) {
      CAPTURE(nameOf(*kernels));
      const KernelsOf<Real>& into = kernels->of<Real>();
      const auto gather = gatherOf(into.gather, formatOf<Stored>());
      std::vector<Real> out(7 * columns, kGuard);
      const TableColumns all{columns, 0, columns};
      gather(table.data(), all, scale, rows, 1, 5, rowMajor(into, out.data(), columns));
      CHECK(difference(out, expected) == "");

      // Panels, by two members: one gathers the first panels, the other the rest.
      auto panels = PanelBuffer<Real>::followedByOnes(into.panelWidth, 7, columns);
      const size_t middle = columns / 2 / into.panelWidth * into.panelWidth;
      for (const TableColumns& some : {TableColumns{columns, middle, columns}, TableColumns{columns, 0, middle}})
        if (some.begin < some.end) gather(table.data(), some, scale, rows, 1, 5, panels.panels());
      for (size_t i = 0; i < 7; ++i) {
        const bool isGathered = i >= 1 && i < 5;
        for (size_t j = 0; j < columns; ++j) CHECK(panels.at(i, j) == (isGathered ? expected[i * columns + j] : 0));
        CHECK(panels.at(i, columns) == 1);
      }
    }
  }
}

/// Gathers scattered rows in pairs on every table, and compares them with rows of floats that are paired afterwards.
template <typename Stored>
void checkPairs(double scale) {
  Random random(1, Draw::weights, 0);
  for (const size_t columns : {1, 2, 31, 32, 33, 62, 63, 64, 65, 127, 128, 130}) {
    CAPTURE(columns);
    const auto values = std::make_shared<std::vector<Stored>>(9 * columns);
    for (Stored& value : *values)
      value = sizeof(Stored) == 2 ? Stored(0x3f00 + random.below(256)) : Stored(256 * random.uniform());
    const Table table{formatOf<Stored>(), 9, columns, scale, {values, values->data()}};
    const uint32_t rows[] = {8, 0, 3, 3, 7};
    for (const Kernels* kernels : tables()) {
      CAPTURE(nameOf(*kernels));
      const size_t width = kernels->float32.panelWidth, depth = pairDepth(columns + 1);
      auto floats = PanelBuffer<float>::followedByOnes(width, 7, columns);
      gatherRows(kernels->float32, table, {0, columns}, rows, {1, 5}, floats.panels());
      PanelBuffer<Pair> expected(width, 7, depth), pairs(width, 7, depth);
      kernels->bfloat16.pairColumns(constant(floats.panels()), columns + 1, 1, 5, expected.panels());
      gatherPairs(kernels->bfloat16, table, rows, {1, 5}, pairs.panels());
      for (size_t i = 0; i < 7; ++i)
        for (size_t j = 0; j < depth; ++j) CHECK(uint32_t(pairs.at(i, j)) == uint32_t(expected.at(i, j)));
    }
  }
}

TEST_SUITE_BEGIN("data");

TEST_CASE("rows in pairs of bfloat16 have the bits of paired floats, and end in 1") {
  checkPairs<float>(0.3);
  checkPairs<double>(-3);
  checkPairs<uint8_t>(1.0 / 255);
  checkPairs<Bfloat16>(1);
}

TEST_CASE_TEMPLATE("bytes are gathered with their scale", Real, float, double) { check<uint8_t, Real>(1.0 / 255); }
TEST_CASE_TEMPLATE("numbers of bfloat16 are gathered with their scale", Real, float, double) {
  check<Bfloat16, Real>(0.3);
}
TEST_CASE_TEMPLATE("floats are gathered with their scale", Real, float, double) { check<float, Real>(0.3); }
TEST_CASE_TEMPLATE("doubles are gathered with their scale", Real, float, double) { check<double, Real>(-3); }
TEST_CASE_TEMPLATE("values are gathered unchanged without a scale", Real, float, double) { check<Real, Real>(1); }

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
