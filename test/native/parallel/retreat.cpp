#include "parallel/retreat.h"

#include <doctest/doctest.h>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

TEST_CASE("callers work with the team until it is found crowded out, and soon again after a moment") {
  Retreat retreat;
  CHECK_FALSE(retreat.holds(0));
  retreat.begin(100);
  CHECK(retreat.holds(100));
  CHECK(retreat.holds(100.09));
  CHECK_FALSE(retreat.holds(100.11));
}

TEST_CASE("what is found during a retreat does not prolong it") {
  Retreat retreat;
  for (int i = 0; i < 10; ++i) retreat.begin(100 + 0.01 * i);
  CHECK_FALSE(retreat.holds(100.11));
}

TEST_CASE("beside programs that stay, retreats get ever longer, up to 10 s") {
  Retreat retreat;
  double time = 100;
  int begun = 0;
  for (; time < 200; time += 0.001)
    if (!retreat.holds(time)) {
      retreat.begin(time);
      ++begun;
    }
  CHECK(begun >= 14);  // 0.1, 0.2, …, 6.4 s and then each 10 s
  CHECK(begun <= 18);
}

TEST_CASE("after a long calm the first retreat is short again") {
  Retreat retreat;
  for (int i = 0; i < 5; ++i) retreat.begin(100 + 5 * i);
  REQUIRE(retreat.holds(120.5));
  retreat.begin(200);
  CHECK_FALSE(retreat.holds(200.11));
}

}  // namespace
}  // namespace glissade
