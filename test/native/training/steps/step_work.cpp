#include "training/steps/step_work.h"

#include <doctest/doctest.h>

#include "examples.h"

namespace glissade {
namespace {

/// The time of a step by some members, in multiplications: a share of the work, and 90,000 for each at barriers.
double timeOf(size_t work, size_t members) { return double(work) / double(members) + 90'000.0 * double(members); }

}  // namespace

TEST_SUITE_BEGIN("training");

TEST_CASE("a step uses the number of members that makes it fastest, and at least those of a chip") {
  for (const size_t work :
       {size_t{1}, size_t{5'000'000}, size_t{20'000'000}, size_t{200'000'000}, size_t{6'000'000'000}}) {
    CAPTURE(work);
    const size_t worth = membersWorth(work);
    CHECK(worth >= 8);
    if (worth == 8) {
      CHECK(timeOf(work, 9) > timeOf(work, 8));
      continue;
    }
    CHECK(timeOf(work, worth) <= 1.01 * timeOf(work, worth + 1));
    CHECK(timeOf(work, worth) <= 1.01 * timeOf(work, worth - 1));
  }
}

TEST_CASE("the work of a step is that of its products and of the update") {
  const auto network = chain<float>({100, 50, 10}, {Activation::relu, Activation::identity});
  const size_t parameters = 101 * 50 + 51 * 10, least = 3 * 32 * (100 * 50 + 50 * 10) + 8 * parameters;
  CHECK(workOfStep(*network, 32) >= least);
  CHECK(workOfStep(*network, 32) < 1.2 * double(least));
}

TEST_SUITE_END();

}  // namespace glissade
