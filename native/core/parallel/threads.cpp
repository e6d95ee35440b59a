#include "parallel/threads.h"

#if defined(__linux__)
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <vector>

#include "parallel/team.h"

namespace glissade {
namespace {

using Clock = std::chrono::steady_clock;

// How long a thread looks for a change before it sleeps. Inside a region, the member that it waits for may itself wait
// for a processor, and gets this thread's when it sleeps. Between regions a thread looks longer: waking it takes as
// long as a small region, and Linux may then put it on the processor of the thread that woke it.
constexpr std::chrono::microseconds kInside{50}, kBetween{500};

/// Tells the processor that this thread waits in a loop.
void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Looks for a few microseconds. Returns whether `value` differs from `old`.
bool hasChanged(const std::atomic<int>& value, int old) {
  for (int i = 0; i < 64; ++i) {
    if (value.load(std::memory_order_acquire) != old) return true;
    pause();
  }
  return false;
}

void awaitChange(const std::atomic<int>& value, int old, Clock::duration awake) {
  if (hasChanged(value, old)) return;
  for (const auto end = Clock::now() + awake; Clock::now() < end;) {
    std::this_thread::yield();
    if (hasChanged(value, old)) return;
  }
  value.wait(old, std::memory_order_acquire);
}

void change(std::atomic<int>& value) {
  value.fetch_add(1, std::memory_order_release);
  value.notify_all();
}

class Barrier {
 public:
  /// Sets the number of members. Only while none is between arrival and departure.
  void expect(size_t members) { members_ = static_cast<int>(members); }

  /// Returns the phase that the last arrival ends.
  int arrive() {
    // members_ is read before the arrival: the owner may change it once the last thread has arrived.
    const int phase = phase_.load(std::memory_order_relaxed), members = members_;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members) {
      arrived_.store(0, std::memory_order_relaxed);
      change(phase_);
    }
    return phase;
  }

  void wait() { awaitChange(phase_, arrive(), kInside); }

 private:
  // Each on a line of its own: members look at the phase while others arrive.
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<int> phase_{0};
  int members_ = 1;
};

thread_local Barrier* barrierHere = nullptr;  // of the region that this thread is in

}  // namespace

struct Threads::Pool {
  struct Worker {
    alignas(64) std::atomic<int> calls{0};
    std::thread thread;
  };

  std::vector<std::unique_ptr<Worker>> workers;  // members 1, 2, …
  Barrier barrier;
  const Work* work = nullptr;  // of the current region; null tells workers to end
  size_t members = 1;

  void takePart(size_t index) {
    barrierHere = &barrier;
    (*work)(Member(index, members));
    barrierHere = nullptr;
  }

  void serve(Worker& worker, size_t index) {
    for (int served = 0;; ++served) {
      awaitChange(worker.calls, served, kBetween);
      if (!work) return;
      takePart(index);
      barrier.arrive();
    }
  }

  void start() {
    workers.push_back(std::make_unique<Worker>());
    Worker& worker = *workers.back();
    try {
      worker.thread = std::thread([this, &worker, index = workers.size()] { serve(worker, index); });
    } catch (...) {
      workers.pop_back();
      throw;
    }
  }

  ~Pool() {
    work = nullptr;
    for (const auto& worker : workers) change(worker->calls);
    for (const auto& worker : workers) worker->thread.join();
  }
};

Threads::Threads() : pool_(std::make_unique<Pool>()) {}
Threads::~Threads() = default;

size_t Threads::grow(size_t most) {
  try {
    while (pool_->workers.size() + 1 < most) pool_->start();
  } catch (const std::exception&) {  // no more threads, or no memory for them
  }
  return std::min(most, pool_->workers.size() + 1);
}

void Threads::run(size_t members, const Work& work) noexcept {
  if (members == 1) return work(Member(0, 1));
  pool_->work = &work;
  pool_->members = members;
  pool_->barrier.expect(members);
  for (size_t i = 1; i < members; ++i) change(pool_->workers[i - 1]->calls);
  pool_->takePart(0);
  pool_->barrier.wait();
}

size_t Threads::available() {
#if defined(__linux__)
  cpu_set_t processors;
  if (sched_getaffinity(0, sizeof processors, &processors) == 0) return static_cast<size_t>(CPU_COUNT(&processors));
#endif
  return std::max(std::thread::hardware_concurrency(), 1u);
}

void Member::barrier() const {
  if (count_ == 1) return;  // a team of one, perhaps inside another team's region
  if (barrierHere) barrierHere->wait();
}

}  // namespace glissade
