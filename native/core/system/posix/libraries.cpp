#include "system/libraries.h"

#include <dlfcn.h>

namespace glissade {

bool mayOpenLibraries() noexcept { return true; }

void* openLibrary(const char* file) noexcept { return dlopen(file, RTLD_NOW | RTLD_GLOBAL); }

void* symbolOf(void* library, const char* name) noexcept { return dlsym(library, name); }

std::string faultOfOpening() {
  const char* const text = dlerror();
  return text ? text : "it can't be opened";
}

}  // namespace glissade
