// Prints the time in ns in which two threads pass a cache line to each other and back: the least of several rounds.
// Fails if it gets only one thread.
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>

namespace {

constexpr int kRounds = 20, kHandovers = 5'000;
alignas(64) std::atomic<int> turn{0};

/// Takes every second turn, from turn `first` on.
void play(int first) {
  for (int i = first; i < 2 * kHandovers; i += 2) {
    while (turn.load(std::memory_order_acquire) != i) {
    }
    turn.store(i + 1, std::memory_order_release);
  }
}

}  // namespace

int main() {
  omp_set_dynamic(0);
  double least = 1e9;
  for (int round = 0; round < kRounds; ++round) {
    turn = 0;
    std::chrono::steady_clock::time_point begin;
    bool isAlone = false;
#pragma omp parallel num_threads(2)
    {
#pragma omp barrier
#pragma omp master
      begin = std::chrono::steady_clock::now();
      if (omp_get_num_threads() == 2)
        play(omp_get_thread_num());
      else
        isAlone = true;
    }
    if (isAlone) return 1;
    const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - begin;
    least = std::min(least, time.count() / kHandovers);
  }
  std::printf("%.0f\n", least);
}
