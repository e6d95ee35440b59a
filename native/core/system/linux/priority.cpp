#include "system/priority.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace glissade {
namespace {

std::atomic<bool> isIdleRefused = false;

}  // namespace

void setPriority(Priority priority) {
  // Policy and niceness belong to a thread, 0 is the calling one, and a new thread inherits them. Lowering them needs
  // no privilege, but a sandbox may forbid a policy. musl's function of this name always fails.
  if (priority == Priority::normal) return;
  const sched_param none{};
  if (priority == Priority::idle) {
    if (syscall(SYS_sched_setscheduler, 0, SCHED_IDLE, &none) == 0) return;
    isIdleRefused = true;
  }
  setpriority(PRIO_PROCESS, 0, 19);
}

bool mayBeIdle() { return !isIdleRefused.load(std::memory_order_relaxed); }

}  // namespace glissade
