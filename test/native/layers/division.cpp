#include "layers/division.h"

#include <doctest/doctest.h>

namespace glissade {
namespace {

/// The division of a first or later layer of floats, with biases, on panels of 32 numbers.
Division divisionOf(size_t inputs, size_t outputs, size_t examples, size_t members, bool isFirst) {
  return fastestDivision({inputs + 1, inputs, outputs, examples, members, 32, sizeof(float), isFirst, true});
}

}  // namespace

TEST_CASE("small batches leave weights with their owners") {
  CHECK(divisionOf(784, 128, 32, 2, true) == Division::depth);
  CHECK(divisionOf(784, 128, 128, 2, true) == Division::depth);
  CHECK(divisionOf(784, 10, 128, 2, true) == Division::depth);
  CHECK(divisionOf(512, 256, 32, 2, false) == Division::depth);
}

TEST_CASE("weights too large for any cache are divided by outputs") {
  CHECK(divisionOf(784, 512, 128, 2, true) == Division::even);
  CHECK(divisionOf(512, 512, 32, 2, false) == Division::inputs);
}

TEST_CASE("large batches are divided by outputs, and gradients of inputs by owners") {
  CHECK(divisionOf(784, 256, 4096, 2, false) == Division::inputs);
  CHECK(divisionOf(512, 512, 512, 2, false) == Division::inputs);
  CHECK(divisionOf(2048, 2048, 256, 2, false) == Division::inputs);
}

TEST_CASE("one member, or more members than blocks of terms, never divide by depth") {
  CHECK(divisionOf(784, 128, 32, 1, true) == Division::even);
  CHECK(divisionOf(784, 2048, 512, 64, true) == Division::even);
  CHECK(divisionOf(2000, 16, 32, 2, true) == Division::depth);
  CHECK(divisionOf(3000, 16, 32, 2, true) == Division::even);  // its blocks of terms are longer
  CHECK(fastestDivision({785, 784, 128, 32, 2, 32, sizeof(float), true, false}) == Division::even);
}

}  // namespace glissade
