#include "parallel/fair_shared_mutex.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <thread>

namespace glissade {
namespace {

TEST_SUITE_BEGIN("parallel");

TEST_CASE("readers and writers exclude each other") {
  FairSharedMutex mutex;
  int written = 0;  // by writers only, so that the thread sanitizer can check it
  std::atomic<int> torn = 0;
  int copy = 0;
  std::array<std::thread, 4> threads;
  for (size_t i = 0; i < threads.size(); ++i)
    threads[i] = std::thread([&, i] {
      for (int turn = 0; turn < 2000; ++turn) {
        if (i < 2) {
          mutex.lock();
          copy = ++written;
          mutex.unlock();
        } else {
          mutex.lock_shared();
          torn += copy != written;
          mutex.unlock_shared();
        }
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(written == 4000);
  CHECK(torn == 0);
}

}  // namespace
}  // namespace glissade
