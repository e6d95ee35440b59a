// Prints the cost of a matrix of weights crossing between two threads, each on its own processor: µs
// per step, the least of several rounds, as JSON. In a step each thread reads half of the matrix, waits for the other,
// and updates half of it with two moments, as Adam does. `crossed`: it reads columns and updates rows. `kept`: it reads
// and updates the same rows. Arguments: rows, columns. Fails if it gets only one processor.
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

constexpr int kRounds = 7;
constexpr size_t kLanes = 16;

/// Returns the first two processors on which this process may run.
std::vector<int> processors() {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof allowed, &allowed);
  std::vector<int> found;
  for (int i = 0; i < CPU_SETSIZE && found.size() < 2; ++i)
    if (CPU_ISSET(i, &allowed)) found.push_back(i);
  return found;
}

void pinTo(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

class Barrier {
 public:
  void wait() {
    const int phase = phase_.load();
    if (arrived_.fetch_add(1) == 1) {
      arrived_ = 0;
      phase_ = phase + 1;
    } else {
      while (phase_ == phase) {
      }
    }
  }

 private:
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> phase_{0};
};

struct Weights {
  size_t rows, columns;
  std::vector<float> theta = std::vector<float>(rows * columns, 1e-3f), m = theta, v = theta;
};

/// Adds up rows [rowBegin, rowEnd) of columns [columnBegin, columnEnd).
float read(const Weights& w, size_t rowBegin, size_t rowEnd, size_t columnBegin, size_t columnEnd) {
  float sums[kLanes] = {};
  for (size_t i = rowBegin; i < rowEnd; ++i) {
    const float* row = w.theta.data() + i * w.columns;
    for (size_t j = columnBegin; j + kLanes <= columnEnd; j += kLanes)
      for (size_t k = 0; k < kLanes; ++k) sums[k] += row[j + k];
  }
  return *std::max_element(sums, sums + kLanes);
}

void update(Weights& w, size_t begin, size_t end, float gradient) {
  float* __restrict theta = w.theta.data(), * __restrict m = w.m.data(), * __restrict v = w.v.data();
  for (size_t i = begin; i < end; ++i) {
    m[i] = 0.9f * m[i] + 0.1f * gradient;
    v[i] = 0.999f * v[i] + 0.001f * gradient * gradient;
    theta[i] -= 1e-6f * m[i] * v[i];
  }
}

enum class Way { crossed, kept };

/// The steps of thread 0 or 1.
void play(Weights& w, Barrier& barrier, Way way, size_t thread, int steps) {
  const size_t rowBegin = w.rows * thread / 2, rowEnd = w.rows * (thread + 1) / 2;
  const size_t columnBegin = w.columns / 2 * thread, columnEnd = w.columns / 2 * (thread + 1);
  for (int step = 0; step < steps; ++step) {
    const float sum =
        way == Way::crossed ? read(w, 0, w.rows, columnBegin, columnEnd) : read(w, rowBegin, rowEnd, 0, w.columns);
    barrier.wait();
    update(w, rowBegin * w.columns, rowEnd * w.columns, sum * 1e-9f);
    barrier.wait();
  }
}

/// µs of a step.
double timeOf(Weights& w, Way way, const std::vector<int>& on) {
  const int steps = std::max(3, static_cast<int>(20'000'000 / (w.rows * w.columns)));
  Barrier barrier;
  std::chrono::steady_clock::time_point begin;
  std::thread other([&] {
    pinTo(on[1]);
    barrier.wait();
    play(w, barrier, way, 1, steps);
  });
  pinTo(on[0]);
  barrier.wait();
  begin = std::chrono::steady_clock::now();
  play(w, barrier, way, 0, steps);
  other.join();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / steps;
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<int> on = processors();
  if (count != 3 || on.size() < 2) return 1;
  Weights w{std::strtoul(arguments[1], nullptr, 10), std::strtoul(arguments[2], nullptr, 10)};
  double crossed = 1e12, kept = 1e12;
  for (int round = 0; round < kRounds; ++round) {
    crossed = std::min(crossed, timeOf(w, Way::crossed, on));
    kept = std::min(kept, timeOf(w, Way::kept, on));
  }
  std::printf("{\"crossed\": %.1f, \"kept\": %.1f}\n", crossed, kept);
}
