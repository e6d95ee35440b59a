#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace glissade {

/// Whether an array has been written to. A page of a `fresh` array takes memory once it is written to.
enum class Contents { fresh, written };

/// Asks the system to keep an array of 16 MB or more in large pages: random access then misses the TLB less often. The
/// system may decline.
inline void preferLargePages([[maybe_unused]] void* data, [[maybe_unused]] size_t bytes,
                             [[maybe_unused]] Contents contents) {
#if defined(__linux__)
  constexpr size_t kLarge = size_t{16} << 20;
  constexpr uintptr_t kPage = 4096;
  constexpr int kCollapse = 25;  // MADV_COLLAPSE, since Linux 6.1
  if (bytes < kLarge) return;
  const auto begin = reinterpret_cast<uintptr_t>(data), first = (begin + kPage - 1) / kPage * kPage;
  madvise(reinterpret_cast<void*>(first), (begin + bytes - first) / kPage * kPage,
          contents == Contents::fresh ? MADV_HUGEPAGE : kCollapse);
#endif
}

}  // namespace glissade
