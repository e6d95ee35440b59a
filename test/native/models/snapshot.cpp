#include "models/snapshot.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("models");

TEST_CASE("nothing is read before anything is published") { CHECK(Snapshot<float>().read() == nullptr); }

TEST_CASE("the last publication is read, with its step") {
  Snapshot<double> snapshot;
  const double first[] = {1, 2, 3}, second[] = {4, 5, 6};
  snapshot.publish(first, 3, 10);
  const auto early = snapshot.read();
  snapshot.publish(second, 3, 20);
  const auto late = snapshot.read();
  CHECK(early->step == 10);
  CHECK(early->parameters[2] == 3);
  CHECK(late->step == 20);
  CHECK(late->parameters[2] == 6);
}

TEST_CASE("what a reader holds never changes, however many publications follow") {
  Snapshot<float> snapshot;
  std::vector<std::shared_ptr<const Snapshot<float>::Copy>> held;
  for (int step = 0; step < 20; ++step) {
    const float value = float(step);
    snapshot.publish(&value, 1, step);
    held.push_back(snapshot.read());
  }
  for (int step = 0; step < 20; ++step) {
    CHECK(held[size_t(step)]->step == step);
    CHECK(held[size_t(step)]->parameters[0] == float(step));
  }
}

TEST_CASE("concurrent readers see whole publications, in order") {
  constexpr size_t kCount = 2048;
  constexpr int64_t kSteps = 3000;
  Snapshot<float> snapshot;
  std::vector<float> parameters(kCount, 0.0f);
  snapshot.publish(parameters.data(), kCount, 0);

  std::atomic<int> torn{0}, backwards{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      for (int64_t last = 0; last < kSteps;) {
        const auto copy = snapshot.read();
        if (copy->step < last) ++backwards;
        last = copy->step;
        for (size_t j = 0; j < kCount; ++j)
          if (copy->parameters[j] != float(copy->step)) ++torn;
      }
    });
  for (int64_t step = 1; step <= kSteps; ++step) {
    std::fill(parameters.begin(), parameters.end(), float(step));
    snapshot.publish(parameters.data(), kCount, step);
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(backwards == 0);
}

TEST_CASE("of lent parameters, only a reader makes a copy, and a new one once the old one is retired") {
  Snapshot<float> snapshot;
  float value = 1;
  snapshot.lend(&value, 1, 1);
  snapshot.recall();
  value = 2;
  snapshot.lend(&value, 1, 2);
  const auto second = snapshot.read();
  snapshot.recall();
  value = 3;
  CHECK(second->step == 2);
  CHECK(second->parameters[0] == 2);
  CHECK(snapshot.read() == second);  // without waiting
  CHECK(snapshot.retire() > std::chrono::nanoseconds(0));
  CHECK(snapshot.retire() == std::chrono::nanoseconds(0));
  CHECK(snapshot.read() == second);  // after a while, as nothing is lent
  snapshot.lend(&value, 1, 3);
  CHECK(snapshot.read()->step == 3);
  CHECK(second->parameters[0] == 2);
}

TEST_CASE("concurrent readers see whole parameters between the slices in which these change") {
  constexpr size_t kCount = 2048;
  Snapshot<float> snapshot;
  std::vector<float> parameters(kCount, 0.0f);
  snapshot.lend(parameters.data(), kCount, 0);
  std::atomic<int> torn{0}, backwards{0}, readings{0}, reading{3};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      int64_t last = 0;
      for (int reads = 0; reads < 500; ++reads) {
        const auto copy = snapshot.read();
        if (copy->step < last) ++backwards;
        last = copy->step;
        for (size_t j = 0; j < kCount; ++j)
          if (copy->parameters[j] != float(copy->step % 100'000)) ++torn;
        ++readings;
      }
      --reading;
    });
  for (int64_t step = 1; reading > 0; ++step) {
    snapshot.recall();
    std::fill(parameters.begin(), parameters.end(), float(step % 100'000));
    snapshot.retire();
    snapshot.lend(parameters.data(), kCount, step);
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(torn == 0);
  CHECK(backwards == 0);
  CHECK(readings == 1500);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
