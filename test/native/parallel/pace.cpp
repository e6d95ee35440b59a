// Rests of background work within a quota of processors, in simulated time.
#include "parallel/pace.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

/// Processor time of a process whose background work takes slices of 1 ms on one thread, for 3 s.
struct Simulation {
  std::vector<double> working;  // of each millisecond, by background work
  std::vector<double> all;      // with the event loop

  /// `loop(t)` is the share of a processor that the event loop uses at t ms.
  template <typename Loop>
  Simulation(Pace pace, Loop loop) {
    double used = 0, resting = 0;
    for (int t = 0; t < 3000; ++t) {
      resting = std::max(0.0, resting - 0.001);
      if (resting == 0) resting = pace.restAt(t * 0.001, used);
      working.push_back(resting == 0 ? 0.001 : 0);
      all.push_back(working.back() + 0.001 * loop(t));
      used += all.back();
    }
  }

  static double sum(const std::vector<double>& times, int from, int to) {
    double total = 0;
    for (int t = from; t < to; ++t) total += times[static_cast<size_t>(t)];
    return total;
  }

  /// The greatest processor time within a period of 100 ms, whenever it begins.
  double mostOfPeriod() const {
    double most = 0;
    for (int t = 0; t + 100 <= 3000; ++t) most = std::max(most, sum(all, t, t + 100));
    return most;
  }
};

TEST_CASE("background work alone uses nine tenths of a quota, and no period more than all") {
  for (const double quota : {0.1, 0.5, 0.9, 1.0}) {
    const Simulation simulation(Pace(quota), [](int) { return 0; });
    CHECK(simulation.mostOfPeriod() <= 0.1 * quota + 1e-9);
    CHECK(Simulation::sum(simulation.working, 1000, 3000) == doctest::Approx(2 * 0.9 * quota).epsilon(0.01));
  }
}

TEST_CASE("background work leaves the event loop what it needs") {
  const Simulation simulation(Pace(0.5), [](int t) { return t >= 1500 ? 0.3 : 0; });
  CHECK(simulation.mostOfPeriod() <= 0.05 + 1e-9);
  CHECK(Simulation::sum(simulation.working, 2000, 3000) == doctest::Approx(0.15).epsilon(0.05));
}

TEST_CASE("the savings of an idle process are limited") {
  Pace pace(0.5);
  CHECK(pace.restAt(0, 7) == 0);
  CHECK(pace.restAt(100, 7) == 0);
  CHECK(pace.restAt(100, 7.0045) == doctest::Approx(0));
  CHECK(pace.restAt(100, 7.0090) == doctest::Approx(0.01));
}

TEST_CASE("earlier use by others is soon forgotten") {
  Pace pace(0.5);
  CHECK(pace.restAt(0, 0) == 0);
  CHECK(pace.restAt(3600, 1800) <= 0.1);  // an hour of the whole quota
  CHECK(pace.restAt(3600.2, 1800) == 0);
}

TEST_CASE("beside an event loop that needs the whole quota, background work runs once a second") {
  Pace pace(0.5);
  std::vector<int> worked;
  for (int t = 0; t < 50; ++t)
    if (pace.restAt(t * 0.1, t * 0.05) == 0) worked.push_back(t);
  CHECK(worked == std::vector<int>{0, 10, 20, 30, 40});
}

TEST_CASE("one thread never rests within a larger quota, and no team does without a quota") {
  const Simulation within(Pace(1.5), [](int) { return 0.2; });
  CHECK(Simulation::sum(within.working, 0, 3000) == doctest::Approx(3));
  Pace none;
  CHECK(none.restAt(0, 0) == 0);
  CHECK(none.restAt(1, 1000) == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
