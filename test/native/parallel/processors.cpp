// The number of threads that keep the processors of a process busy.
#include "parallel/processors.h"

#include <doctest/doctest.h>

#include <optional>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

TEST_CASE("as many threads as whole processors, at least one") {
  const auto threads = [](size_t usable, std::optional<double> quota) { return Processors{usable, quota}.threads(); };
  CHECK(threads(8, {}) == 8);
  CHECK(threads(8, 20.0) == 8);
  CHECK(threads(8, 8.0) == 8);
  CHECK(threads(8, 2.0) == 2);
  CHECK(threads(8, 1.99) == 1);
  CHECK(threads(8, 0.01) == 1);
  CHECK(threads(8, 1e300) == 8);
}

TEST_CASE("this process can use at least one processor") {
  CHECK(Processors::ofProcess().usable >= 1);
  CHECK(Processors::ofProcess().threads() >= 1);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
