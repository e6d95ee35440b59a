#include "parallel/team.h"

#if defined(__linux__)
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <ctime>

#include <atomic>
#include <chrono>

#include "parallel/denormals.h"

namespace glissade {

#if defined(__linux__)
static std::atomic<bool> isIdleRefused = false;
#endif

bool mayBeIdle() {
#if defined(__linux__)
  return !isIdleRefused.load(std::memory_order_relaxed);
#else
  return false;
#endif
}

void setPriority(Priority priority) {
#if defined(__linux__)
  // On Linux policy and niceness belong to a thread, 0 is the calling one, and a new thread inherits them. Lowering
  // them needs no privilege, but a sandbox may forbid a policy. musl's function of this name always fails.
  if (priority == Priority::normal) return;
  const sched_param none{};
  if (priority == Priority::idle) {
    if (syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none) == 0) return;
    isIdleRefused = true;
  }
  setpriority(PRIO_PROCESS, 0, 19);
#else
  (void)priority;
#endif
}

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

int64_t Team::threadTime() {
  timespec time{};
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
}

void Team::raise(std::atomic<int64_t>& longest, int64_t time) {
  int64_t before = longest.load(std::memory_order_relaxed);
  while (before < time && !longest.compare_exchange_weak(before, time, std::memory_order_relaxed))
    ;
}

}  // namespace glissade
