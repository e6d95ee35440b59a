#pragma once

#include <cstddef>

namespace glissade {

/// Whether an array has been written to. A page of a `fresh` array takes memory once it is written to.
enum class Contents { fresh, written };

/// Asks the system to keep an array of 16 MB or more in large pages: random access then misses the TLB less often. The
/// system may decline. Linux alone is asked.
void preferLargePages(void* data, size_t bytes, Contents contents) noexcept;

/// Whether the pages behind the heap (sbrk) are free, as far as is known.
bool isHeapFreeToGrow() noexcept;

}  // namespace glissade
