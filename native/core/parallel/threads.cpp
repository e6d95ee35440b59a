#include "parallel/threads.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include "parallel/team.h"
#include "system/thread_starts.h"

namespace glissade {
namespace {

using Clock = std::chrono::steady_clock;

// How long a thread looks for a signal before it sleeps. Inside a region, the member that it waits for may itself wait
// for a processor, and gets this thread's when this one sleeps. Between regions a thread looks longer: waking it takes
// as long as a small region, and Linux may put the woken thread on the processor of the one that woke it.
constexpr std::chrono::microseconds kInside{50}, kBetween{500};

/// A number that one thread raises and others wait for.
class Signal {
 public:
  /// Waits until the value differs from `old`, awake for so long. Returns the value.
  int await(int old, Clock::duration awake) {
    if (hasChanged(old)) return value();
    for (const auto end = Clock::now() + awake; Clock::now() < end;) {
      std::this_thread::yield();
      if (hasChanged(old)) return value();
    }
    sleepers_.fetch_add(1);
    value_.wait(old);
    sleepers_.fetch_sub(1);
    return value();
  }

  void raise() {
    value_.fetch_add(1);
    if (sleepers_.load() > 0) value_.notify_all();  // the library counts the sleepers of many values together
  }

  int value() const { return value_.load(std::memory_order_acquire); }

 private:
  bool hasChanged(int old) const {
    for (int i = 0; i < 64; ++i) {
      if (value() != old) return true;
#if defined(__x86_64__)
      _mm_pause();
#elif defined(__aarch64__)
      __asm__ volatile("isb");
#endif
    }
    return false;
  }

  // All threads read and write both in one order: a thread that is about to sleep sees the new value, or is counted.
  alignas(64) std::atomic<int> value_{0};  // an int: Linux then wakes only the threads that wait for this one
  std::atomic<int> sleepers_{0};
};

class Barrier {
 public:
  /// Sets the number of members. Only while none is between arrival and departure.
  void expect(size_t members) { members_ = static_cast<int>(members); }

  /// Returns the value of the signal that the last arrival raises.
  int arrive() {
    // members_ is read before the arrival: the owner may change it once the last thread has arrived.
    const int phase = phase_.value(), members = members_;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == members) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.raise();
    }
    return phase;
  }

  void wait() { phase_.await(arrive(), kInside); }

 private:
  alignas(64) std::atomic<int> arrived_{0};
  Signal phase_;  // on a line of its own: members look at it while others arrive
  int members_ = 1;
};

thread_local Barrier* barrierHere = nullptr;  // of the region that this thread is in

}  // namespace

struct Threads::Pool {
  struct Worker {
    Signal calls;
    std::thread thread;
  };

  std::vector<std::unique_ptr<Worker>> workers;  // members 1, 2, …
  Barrier barrier;
  const Work* work = nullptr;  // of the current region; null ends the workers
  size_t members = 1;

  void takePart(size_t index) {
    Barrier* const outer = std::exchange(barrierHere, &barrier);
    (*work)(Member(index, members));
    barrierHere = outer;
  }

  void serve(Worker& worker, size_t index) {
    for (int served = 0;;) {
      served = worker.calls.await(served, kBetween);
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
    for (const auto& worker : workers) worker->calls.raise();
    for (const auto& worker : workers) worker->thread.join();
  }
};

Threads::Threads() : pool_(std::make_unique<Pool>()) {}
Threads::~Threads() = default;

size_t Threads::grow(size_t most) {
  try {
    while (mayStartThreads() && pool_->workers.size() + 1 < most) pool_->start();
  } catch (const std::exception&) {  // no more threads, or no memory for them
  }
  return std::min(most, pool_->workers.size() + 1);
}

void Threads::run(size_t members, const Work& work) noexcept {
  if (members == 1) return work(Member(0, 1));
  pool_->work = &work;
  pool_->members = members;
  pool_->barrier.expect(members);
  for (size_t i = 1; i < members; ++i) pool_->workers[i - 1]->calls.raise();
  pool_->takePart(0);
  pool_->barrier.wait();
}

void Member::barrier() const {
  if (count_ > 1) barrierHere->wait();  // a team of one may be inside another team's region
}

}  // namespace glissade
