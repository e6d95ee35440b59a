#include "system/libraries.h"

namespace glissade {

std::string libraryFile(const char* name, int version) {
  return std::string("lib") + name + ".so." + std::to_string(version);
}

}  // namespace glissade
