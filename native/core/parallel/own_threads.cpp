// A team's own threads and barrier: for builds without OpenMP, and for ThreadSanitizer, which does not see the barriers
// of GCC's OpenMP because its library is not instrumented.
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "parallel/team.h"
#include "parallel/threads.h"

namespace glissade {
namespace {

/// Waits until `value` differs from `old`. Most waits are short, so the thread yields its processor kYields times
/// before it sleeps.
void awaitChange(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kYields = 100;
  for (int i = 0; i < kYields; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    std::this_thread::yield();
  }
  value.wait(old, std::memory_order_acquire);
}

void change(std::atomic<uint32_t>& value) {
  value.fetch_add(1, std::memory_order_release);
  value.notify_all();
}

class Barrier {
 public:
  /// Sets the number of members. Only while no thread waits.
  void expect(size_t members) { members_ = static_cast<uint32_t>(members); }

  void wait() {
    // members_ is read before the arrival: the owner may change it once the last thread has arrived.
    const uint32_t phase = phase_.load(std::memory_order_relaxed), members = members_;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 < members) return awaitChange(phase_, phase);
    arrived_.store(0, std::memory_order_relaxed);
    change(phase_);
  }

 private:
  uint32_t members_ = 1;
  std::atomic<uint32_t> arrived_{0}, phase_{0};
};

thread_local Barrier* barrierHere = nullptr;  // of the region that this thread is in

}  // namespace

struct Threads::Pool {
  struct Worker {
    std::atomic<uint32_t> calls{0};
    std::thread thread;
  };

  std::vector<std::unique_ptr<Worker>> workers;  // members 1, 2, …
  Barrier barrier;
  const Work* work = nullptr;  // of the current region; null tells workers to end
  size_t members = 1;

  void takePart(size_t index) {
    barrierHere = &barrier;
    (*work)(Member(index, members));
    barrier.wait();
    barrierHere = nullptr;
  }

  void serve(Worker& worker, size_t index) {
    for (uint32_t served = 0;; ++served) {
      awaitChange(worker.calls, served);
      if (!work) return;
      takePart(index);
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
}

size_t Threads::available() { return std::max(std::thread::hardware_concurrency(), 1u); }

void Member::barrier() const {
  if (count_ == 1) return;  // a team of one, perhaps inside another team's region
  if (barrierHere) barrierHere->wait();
}

}  // namespace glissade
