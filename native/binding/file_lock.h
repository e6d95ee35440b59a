#pragma once

#include <napi.h>

namespace glissade {

/// Adds `lockFile` and `removeAbandoned` to the addon.
void defineFileLocks(Napi::Object exports);

}  // namespace glissade
