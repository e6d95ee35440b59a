#include "data/table.h"

#include <doctest/doctest.h>

#include <limits>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("data");

TEST_CASE("a table has values of each format, times its scale") {
  const float floats[] = {1, 2, 3, 4, 5, 6};
  const double doubles[] = {1, 2, 3, 4, 5, 6};
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 255};
  CHECK(copyTable(Format::float32, floats, 2, 3, 0.5).at(1, 0) == 2);
  CHECK(copyTable(Format::float64, doubles, 3, 2, -1).at(2, 1) == -6);
  CHECK(copyTable(Format::uint8, bytes, 2, 3, 1.0 / 255).at(1, 2) == 1);
  CHECK(copyTable(Format::float32, floats, 2, 3, 1).bytes() == 24);
  CHECK(copyTable(Format::float64, doubles, 2, 3, 1).bytes() == 48);
  CHECK(copyTable(Format::uint8, bytes, 2, 3, 1).bytes() == 6);
}

TEST_CASE("a copied table owns its values, aligned") {
  float values[] = {1, 2, 3, 4};
  const Table table = copyTable(Format::float32, values, 2, 2, 1);
  values[3] = 99;
  CHECK(table.at(1, 1) == 4);
  CHECK(reinterpret_cast<uintptr_t>(table.data.get()) % 64 == 0);
}

TEST_CASE("non-finite values of a table are counted, and the first is named") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();
  double doubles[] = {1, 2, 3, 4, 5, 6};
  CHECK_FALSE(nonFiniteIn(copyTable(Format::float64, doubles, 2, 3, 1)));
  doubles[4] = -kInfinity;
  doubles[5] = kNaN;
  const auto found = nonFiniteIn(copyTable(Format::float64, doubles, 2, 3, 1));
  REQUIRE(found);
  CHECK(std::string(nonFiniteError("inputs", *found).what()) ==
        "inputs has 2 values that are not finite; the first is -Infinity at row 1, column 1");
  const float floats[] = {1, float(kNaN)};
  CHECK(std::string(nonFiniteError("x", *nonFiniteIn(copyTable(Format::float32, floats, 1, 2, 1))).what()) ==
        "x has 1 value that is not finite; it is NaN at row 0, column 1");
  const uint16_t halves[] = {0x3f80, 0x7f80};
  const auto infinite = nonFiniteIn(copyTable(Format::bfloat16, halves, 2, 1, 1));
  REQUIRE(infinite);
  CHECK(infinite->row == 1);
  CHECK(infinite->value == kInfinity);
  const uint8_t bytes[] = {255};
  CHECK_FALSE(nonFiniteIn(copyTable(Format::uint8, bytes, 1, 1, 1)));
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
