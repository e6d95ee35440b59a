#include "parallel/team.h"

#if defined(_OPENMP)
#include <omp.h>
#endif
#if defined(__linux__)
#include <sys/resource.h>
#include <unistd.h>
#endif

#include <ctime>

#include <chrono>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include "parallel/denormals.h"

namespace glissade {
namespace {

void setPriority(Priority priority) {
#if defined(__linux__)
  // On Linux niceness belongs to a thread. Lowering it needs no right; a new thread starts with its parent's.
  if (priority == Priority::background) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
#else
  (void)priority;
#endif
}

/// How many threads up to `most` can be started now.
size_t startable(size_t most) {
  std::vector<std::thread> threads;
  std::promise<void> end;
  const std::shared_future<void> ended = end.get_future().share();
  try {
    while (threads.size() < most) threads.emplace_back([ended] { ended.wait(); });
  } catch (const std::system_error&) {
  }
  end.set_value();
  for (std::thread& thread : threads) thread.join();
  return threads.size();
}

void flushDenormalsForGood() { static thread_local const FlushDenormals forGood; }

}  // namespace

void Member::barrier() const {
  if (count_ == 1) return;
#if defined(_OPENMP)
#pragma omp barrier
#endif
}

void Team::arrange(size_t threads, Priority priority) {
  if (threads > had_) had_ += startable(threads - had_);  // OpenMP would end the process if it got too few
  attendance_ = Attendance(std::min(threads, had_));
  priority_ = priority;
  flushDenormalsForGood();  // LLVM's OpenMP gives members the floating-point control of the thread that enters a region
}

/// What a thread needs once; libgomp starts new ones as a team grows.
void Team::enter() const {
  flushDenormalsForGood();
  static thread_local const bool hasPriority = (setPriority(priority_), true);
  (void)hasPriority;
}

double Team::now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Team::threadTime() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

size_t Team::available() {
#if defined(_OPENMP)
  return static_cast<size_t>(omp_get_max_threads());
#else
  return 1;
#endif
}

Member Team::current() {
#if defined(_OPENMP)
  return {static_cast<size_t>(omp_get_thread_num()), static_cast<size_t>(omp_get_num_threads())};
#else
  return {0, 1};
#endif
}

}  // namespace glissade
