#include "parallel/team.h"

#include <atomic>
#include <chrono>

#include "parallel/denormals.h"

namespace glissade {

namespace {

void flushDenormalsForGood() {
  static thread_local const bool flushes = (FlushDenormals::forGood(), true);  // no destructor when a thread ends
  (void)flushes;
}

}  // namespace

void Team::arrange(size_t threads, Priority priority) {
  attendance_ = Attendance(threads_.grow(threads));
  priority_ = priority;
}

/// Sets up the calling thread when it first works for the team. New threads start as a team grows.
void Team::enter() const {
  flushDenormalsForGood();
  static thread_local const bool hasPriority = (setPriority(priority_), true);
  (void)hasPriority;
}

double Team::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Team::raise(std::atomic<int64_t>& longest, int64_t time) {
  int64_t before = longest.load(std::memory_order_relaxed);
  while (before < time && !longest.compare_exchange_weak(before, time, std::memory_order_relaxed))
    ;
}

}  // namespace glissade
