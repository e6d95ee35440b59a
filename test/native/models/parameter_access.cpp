#include "models/parameter_access.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "error.h"

namespace glissade {
namespace {

using Access = ParameterAccess<float>;

template <typename Work>
std::string codeOf(Work work) {
  try {
    work();
    return "";
  } catch (const Error& error) {
    return error.code();
  }
}

TEST_SUITE_BEGIN("models");

TEST_CASE("a slab has one access while it is in use") {
  float slab[4] = {}, other[4] = {};
  const auto access = Access::of(slab);
  CHECK(Access::of(slab) == access);
  CHECK(Access::of(other) != access);
  access->share();
  CHECK(Access::of(slab)->isShared());
}

TEST_CASE("a slab is no longer shared when it is used again") {
  float slab[4] = {};
  Access::of(slab)->share();
  CHECK_FALSE(Access::of(slab)->isShared());
}

TEST_CASE("during a run only the run writes, and readers get its snapshot") {
  float slab[2] = {1, 2};
  const auto access = Access::of(slab);
  CHECK(access->read().get() == slab);
  float copy[2] = {};
  CHECK_FALSE(access->copyAfterStep(0, 2, copy));
  const auto snapshot = std::make_shared<Snapshot<float>>();
  const float published[2] = {3, 4};
  snapshot->publish(published, 2, 7);
  access->beginRun(access->write(), snapshot);
  CHECK(codeOf([&] { (void)access->write(); }) == "ERR_BUSY");
  CHECK(access->read().get()[1] == 4);
  CHECK_FALSE(access->copyAfterStep(8, 2, copy));
  CHECK(access->copyAfterStep(7, 2, copy));
  CHECK(copy[1] == 4);

  snapshot->end(9);  // but no reader knows
  CHECK(access->read().get() == slab);
  CHECK(access->copyAfterStep(7, 2, copy));
  CHECK(access->copyAfterStep(9, 2, copy));
  CHECK(copy[1] == 2);
  CHECK(codeOf([&] { (void)access->write(); }) == "ERR_BUSY");
  access->endRun();
  CHECK(codeOf([&] { (void)access->write(); }).empty());
  CHECK(access->read().get() == slab);
}

TEST_CASE("writers of a shared slab wait for readers, and readers for writers") {
  float slab[1] = {0};
  const auto access = Access::of(slab);
  access->share();
  std::atomic<int> torn{0};
  // Each writer adds 1 in two halves; a reader between them would see a wrong number.
  const auto write = [&] {
    for (int i = 0; i < 2000; ++i) {
      const auto alone = access->write();
      slab[0] += 0.5f;
      slab[0] += 0.5f;
    }
  };
  const auto read = [&] {
    for (int i = 0; i < 2000; ++i) {
      const auto parameters = access->read();
      const float now = *parameters;
      if (now != static_cast<float>(static_cast<int>(now))) ++torn;
    }
  };
  std::thread threads[] = {std::thread(write), std::thread(read), std::thread(write)};
  for (std::thread& thread : threads) thread.join();
  CHECK(torn == 0);
  CHECK(slab[0] == 4000);
}

TEST_CASE("in a shared slab, a reader's access keeps writers out, and a writer's keeps readers out") {
  constexpr std::chrono::milliseconds kMoment{20};  // long enough for a thread that wrongly does not wait
  float slab[1] = {0};
  const auto access = Access::of(slab);
  access->share();
  std::atomic<int> writings = 0;
  auto parameters = access->read();
  std::thread writer([&] {
    const auto writing = access->write();
    ++writings;
  });
  std::this_thread::sleep_for(kMoment);
  CHECK(writings == 0);
  parameters.reset();
  writer.join();
  CHECK(writings == 1);

  std::atomic<int> readings = 0;
  std::thread readers[3];
  {
    const auto writing = access->write();
    readers[0] = std::thread([&] { readings += access->read().get() == slab; });
    readers[1] = std::thread([&] { readings += !access->isTraining(); });
    readers[2] = std::thread([&] {
      access->checkIdle();
      ++readings;
    });
    std::this_thread::sleep_for(kMoment);
    CHECK(readings == 0);
  }
  for (std::thread& reader : readers) reader.join();
  CHECK(readings == 3);
}

TEST_CASE("writers do not wait for later readers, even if these never pause") {
  constexpr std::chrono::milliseconds kReading{2};
  float slab[2] = {1, 2};
  const auto access = Access::of(slab);
  access->share();
  std::array<std::atomic<int>, 3> readings{};  // of each reader
  std::atomic<bool> isWritten = false;
  std::array<std::thread, 3> readers;
  for (size_t i = 0; i < readers.size(); ++i)
    readers[i] = std::thread([&, i] {
      while (!isWritten && readings[i] < 1000) {
        const auto parameters = access->read();
        ++readings[i];
        std::this_thread::sleep_for(kReading);
      }
    });
  for (const auto& count : readings)
    while (count < 2) std::this_thread::yield();
  {
    const auto writing = access->write();
    isWritten = true;
  }
  for (std::thread& reader : readers) reader.join();
  for (const auto& count : readings) CHECK(count < 1000);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
