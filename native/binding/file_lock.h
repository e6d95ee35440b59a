#pragma once

#include <napi.h>

namespace glissade {

/// Adds `lockFile` and `removeAbandoned` to the addon.
void defineFileLocks(Napi::Env env, Napi::Object exports);

}  // namespace glissade
