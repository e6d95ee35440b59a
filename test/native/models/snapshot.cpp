#include "models/snapshot.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("models");

TEST_CASE("nothing can be read before the first publication") { CHECK(Snapshot<float>().read() == nullptr); }

TEST_CASE("readers get the last publication, with its step") {
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

TEST_CASE("a reader's copy does not change with later publications") {
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

TEST_CASE("a reader of a stale copy gets one that is published soon, and waits once at most") {
  Snapshot<float> snapshot;
  const float first = 1, second = 2;
  snapshot.publish(&first, 1, 1);
  CHECK_FALSE(snapshot.wasRead());
  CHECK(snapshot.read()->step == 1);
  CHECK(snapshot.wasRead());
  CHECK_FALSE(snapshot.isAwaited());

  snapshot.retire();
  std::thread run([&] {
    while (!snapshot.isAwaited()) std::this_thread::yield();
    snapshot.publish(&second, 1, 2);
  });
  int64_t step = 1;
  for (int reads = 0; reads < 1000 && step == 1; ++reads) {
    step = snapshot.read()->step;  // waits 20 ms, in which the other thread may get no time on a busy machine
    if (step == 1) snapshot.retire();
  }
  run.join();
  CHECK(step == 2);
  CHECK_FALSE(snapshot.isAwaited());

  snapshot.retire();
  CHECK(snapshot.read()->step == 2);  // after a while, because nothing is published
  CHECK_FALSE(snapshot.isAwaited());
  for (int reads = 0; reads < 100'000; ++reads) CHECK(snapshot.read()->step == 2);  // without waiting
}

TEST_CASE("a copy of zeros and other numbers is complete") {
  Snapshot<double> snapshot;
  std::vector<double> numbers(5000);
  numbers[1023] = 3;
  numbers[1024] = -0.0;
  numbers[4999] = 4;
  snapshot.publish(numbers.data(), numbers.size(), 0);
  CHECK(std::memcmp(snapshot.read()->parameters.data(), numbers.data(), numbers.size() * sizeof(double)) == 0);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
