#include "training/runs/publication_pace.h"

#include <doctest/doctest.h>

#include <thread>

namespace glissade {
namespace {

using namespace std::chrono_literals;
using Clock = PublicationPace::Clock;

TEST_SUITE_BEGIN("training");

TEST_CASE("a run publishes at once, and then every 50 ms") {
  PublicationPace pace;
  const auto begin = Clock::now();
  CHECK(pace.isDue(begin));
  CHECK(pace.isQuick());
  pace.begin();
  pace.end();
  CHECK_FALSE(pace.isDue(begin + 50ms));
  CHECK(pace.isDue(Clock::now() + 1h));
}

TEST_CASE("slow publications take at most 2 % of the time") {
  PublicationPace pace;
  const auto begin = Clock::now();
  pace.begin();
  std::this_thread::sleep_for(20ms);
  pace.end();
  CHECK_FALSE(pace.isDue(begin + 50 * 20ms));
  CHECK_FALSE(pace.isQuick());
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
