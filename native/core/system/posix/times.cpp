#include "system/times.h"

#include <ctime>

namespace glissade {
namespace {

int64_t timeOf(clockid_t clock) {
  timespec time{};
  (void)clock_gettime(clock, &time);
  return int64_t{1'000'000'000} * time.tv_sec + time.tv_nsec;
}

}  // namespace

int64_t threadTime() noexcept { return timeOf(CLOCK_THREAD_CPUTIME_ID); }

int64_t processTime() noexcept { return timeOf(CLOCK_PROCESS_CPUTIME_ID); }

}  // namespace glissade
