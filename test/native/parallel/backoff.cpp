#include "parallel/backoff.h"

#include <doctest/doctest.h>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

TEST_CASE("callers work with the team until it is crowded out, and again after a moment") {
  Backoff backoff;
  CHECK_FALSE(backoff.isActive(0));
  backoff.begin(100);
  CHECK(backoff.isActive(100));
  CHECK(backoff.isActive(100.09));
  CHECK_FALSE(backoff.isActive(100.11));
}

TEST_CASE("results during a back-off do not prolong it") {
  Backoff backoff;
  for (int i = 0; i < 10; ++i) backoff.begin(100 + 0.01 * i);
  CHECK_FALSE(backoff.isActive(100.11));
}

TEST_CASE("back-offs grow up to 10 s beside lasting programs") {
  Backoff backoff;
  double time = 100;
  int begun = 0;
  for (; time < 200; time += 0.001)
    if (!backoff.isActive(time)) {
      backoff.begin(time);
      ++begun;
    }
  CHECK(begun >= 14);  // 0.1, 0.2, …, 6.4 s and then every 10 s
  CHECK(begun <= 18);
}

TEST_CASE("the first back-off after a long calm is short again") {
  Backoff backoff;
  for (int i = 0; i < 5; ++i) backoff.begin(100 + 5 * i);
  REQUIRE(backoff.isActive(120.5));
  backoff.begin(200);
  CHECK_FALSE(backoff.isActive(200.11));
}

}  // namespace
}  // namespace glissade
