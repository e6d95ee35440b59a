// Compares products in bfloat16 with plain sums of products of numbers rounded by hand.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "bits.h"
#include "matrix/rounded_example.h"
#include "tables.h"

namespace glissade {
namespace {

void checkAll(const ProductShape& s) {
  CAPTURE(s.rows);
  CAPTURE(s.columns);
  CAPTURE(s.depth);
  for (const Form form : {Form::neither, Form::a, Form::b}) {
    CAPTURE(int(form));
    for (const Kernels* table : tables()) {
      CAPTURE(nameOf(*table));
      RoundedExample example(table->bfloat16, table->float32.panelWidth, s, form);
      const size_t panels = ceilingOf(s.columns, example.width);
      table->bfloat16.multiply(example.product, {0, s.rows, 0, panels});
      example.check([&](size_t i, size_t j) { return example.c.at(i, j); });

      // Any ranges of C, and a row-major C, have the same bits.
      std::vector<float> flat(s.rows * s.columns + 3, -5.0f), whole;
      for (size_t i = 0; i < s.rows; ++i)
        for (size_t j = 0; j < s.columns; ++j) whole.push_back(example.c.at(i, j));
      example.product.c = rowMajor(table->float32, flat.data(), s.columns);
      for (size_t panel = 0; panel < panels; ++panel) {
        const size_t cut = (panel * 13 + 5) % (s.rows + 1);
        table->bfloat16.multiply(example.product, {cut, s.rows, panel, panel + 1});
        table->bfloat16.multiply(example.product, {0, cut, panel, panel + 1});
      }
      CHECK(difference(flat.data(), whole.data(), whole.size()) == "");
      CHECK(std::count(flat.end() - 3, flat.end(), -5.0f) == 3);
    }
  }
}

TEST_SUITE_BEGIN("matrix");

TEST_CASE("numbers are rounded to the nearest bfloat16, ties to even, in pairs") {
  const float numbers[] = {1,
                           1.00390625f,
                           1.01171875f,
                           1.005f,
                           -1.00390625f,
                           3.3e38f,
                           1e-20f,
                           0,
                           -0.0f,
                           7.7f,
                           std::numeric_limits<float>::infinity()};
  constexpr size_t kCount = sizeof numbers / sizeof *numbers;
  for (const Kernels* table : tables())
    for (size_t columns = 1; columns <= 70; ++columns) {
      CAPTURE(nameOf(*table));
      const size_t width = table->float32.panelWidth;
      PanelBuffer<float> from(width, 7, columns);
      const auto valueAt = [&](size_t i, size_t j) { return numbers[(i * 5 + j) % kCount]; };
      for (size_t i = 0; i < 7; ++i)
        for (size_t j = 0; j < columns; ++j) from.at(i, j) = valueAt(i, j);
      PanelBuffer<Pair> across(width, 7, ceilingOf(columns, 2)), down(width, 4, columns);
      table->bfloat16.pairColumns(constant(from.panels()), columns, 1, 6, across.panels());
      table->bfloat16.pairRows(constant(from.panels()), 7, columns, 1, 4, down.panels());
      for (size_t i = 0; i < 7; ++i)
        for (size_t j = 0; j < columns; ++j) {
          const float expected = roundedByHand(valueAt(i, j));
          const float byColumns = halfOf(across.at(i, j / 2), j % 2 == 1),
                      byRows = halfOf(down.at(i / 2, j), i % 2 == 1);
          if (byColumns != (i >= 1 && i < 6 ? expected : 0)) FAIL_CHECK("columns: ", i, ", ", j);
          if (byRows != (i >= 2 ? expected : 0)) FAIL_CHECK("rows: ", i, ", ", j);
        }
      if (columns % 2 == 1) CHECK(halfOf(across.at(2, columns / 2), true) == 0);
      CHECK(halfOf(down.at(3, 0), true) == 0);
    }
}

TEST_CASE("NaN stays NaN, and a number beyond the largest of bfloat16 becomes infinite") {
  for (const Kernels* table : tables()) {
    PanelBuffer<float> from(table->float32.panelWidth, 1, 2);
    PanelBuffer<Pair> to(table->float32.panelWidth, 1, 1);
    uint32_t bits = 0x7f800001;  // a NaN whose upper half is that of infinity
    std::memcpy(&from.at(0, 0), &bits, sizeof bits);
    from.at(0, 1) = std::numeric_limits<float>::max();
    table->bfloat16.pairColumns(constant(from.panels()), 2, 0, 1, to.panels());
    CHECK(std::isnan(halfOf(to.at(0, 0), false)));
    CHECK(halfOf(to.at(0, 0), true) == std::numeric_limits<float>::infinity());
  }
}

TEST_CASE("numbers of any kind are rounded to the same bits on every instruction set") {
  std::vector<uint32_t> kinds;
  for (uint32_t upper = 0; upper < 0x10000; ++upper)  // every number of bfloat16, and floats around it
    for (const uint32_t lower : {0u, 1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) kinds.push_back(upper << 16 | lower);
  std::vector<uint16_t> expected;
  for (const uint32_t bits : kinds) {
    const uint32_t size = bits & 0x7fffffff, sign = bits & 0x80000000;
    if (size > 0x7f800000)
      expected.push_back((bits | 0x400000) >> 16);  // NaN, made quiet
    else if (size < 0x00800000)
      expected.push_back(sign >> 16);  // zero, or denormal
    else
      expected.push_back((bits + 0x7fff + (bits >> 16 & 1)) >> 16);  // to nearest, ties to even
  }
  constexpr size_t kColumns = 64;
  const size_t rows = kinds.size() / kColumns;
  for (const Kernels* table : tables()) {
    CAPTURE(nameOf(*table));
    const size_t width = table->float32.panelWidth;
    PanelBuffer<float> from(width, rows, kColumns);
    for (size_t i = 0; i < kinds.size(); ++i)
      std::memcpy(&from.at(i / kColumns, i % kColumns), &kinds[i], sizeof(uint32_t));
    PanelBuffer<Pair> across(width, rows, kColumns / 2), down(width, rows / 2, kColumns);
    table->bfloat16.pairColumns(constant(from.panels()), kColumns, 0, rows, across.panels());
    table->bfloat16.pairRows(constant(from.panels()), rows, kColumns, 0, rows / 2, down.panels());
    const auto half = [](Pair pair, size_t which) { return uint16_t(uint32_t(pair) >> 16 * (which % 2)); };
    for (size_t i = 0; i < kinds.size(); ++i) {
      const size_t row = i / kColumns, column = i % kColumns;
      if (half(across.at(row, column / 2), column) != expected[i]) FAIL_CHECK("columns: ", kinds[i]);
      if (half(down.at(row / 2, column), row) != expected[i]) FAIL_CHECK("rows: ", kinds[i]);
    }
  }
}

TEST_CASE("products in bfloat16 are sums of products of rounded numbers") {
  constexpr size_t depths[] = {1, 2, 3, 31, 32, 33, 64, 70};
  for (size_t rows = 1; rows <= 36; ++rows)
    for (const size_t columns : {1, 2, 7, 15, 16, 17, 31, 32, 33, 48, 65, 70})  // around the widths of panels
      checkAll({rows, columns, depths[(rows + columns) % 8]});
  checkAll({45, 33, 513});
  checkAll({33, 20, 1100});
  checkAll({70, 1040, 40});
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
