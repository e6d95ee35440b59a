#include "system/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace glissade {

void preferLargePages(void* data, size_t bytes, Contents contents) noexcept {
  constexpr size_t kLarge = size_t{16} << 20;
  constexpr uintptr_t kPage = 4096;
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, since Linux 6.1
  if (bytes < kLarge) return;
  const auto begin = reinterpret_cast<uintptr_t>(data), first = (begin + kPage - 1) / kPage * kPage;
  madvise(reinterpret_cast<void*>(first), (begin + bytes - first) / kPage * kPage,
          contents == Contents::fresh ? MADV_HUGEPAGE : kCollapse);
}

bool isHeapFreeToGrow() noexcept {
  constexpr size_t kPages = 2;  // the kernel leaves one between the heap and what lies behind it
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t end = (reinterpret_cast<uintptr_t>(sbrk(0)) + page - 1) / page * page;
  unsigned char isResident;
  for (size_t i = 0; i < kPages; ++i)
    if (mincore(reinterpret_cast<void*>(end + i * page), page, &isResident) == 0) return false;
  return true;
}

}  // namespace glissade
