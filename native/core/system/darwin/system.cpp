// What macOS lacks, or does differently from other POSIX systems.
#include "system/libraries.h"
#include "system/memory.h"
#include "system/priority.h"
#include "system/processors.h"

namespace glissade {

std::string libraryFile(const char* name, int version) {
  return std::string("lib") + name + "." + std::to_string(version) + ".dylib";
}

void preferLargePages(void*, size_t, Contents) noexcept {}

bool isHeapFreeToGrow() noexcept { return true; }

void setPriority(Priority) {}

bool mayBeIdle() { return false; }

std::vector<size_t> allowedProcessors() { return {}; }

std::optional<double> processorQuota() { return {}; }

bool requestTiles() noexcept { return false; }

}  // namespace glissade
