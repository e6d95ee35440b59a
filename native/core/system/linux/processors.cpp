#include "system/processors.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "system/linux/control_groups.h"

namespace glissade {

std::vector<size_t> allowedProcessors() {
  std::vector<size_t> processors;
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    for (size_t i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) processors.push_back(i);
  return processors;
}

std::optional<double> processorQuota() { return quotaOfGroups(""); }

bool requestTiles() noexcept {
#if defined(__x86_64__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace glissade
