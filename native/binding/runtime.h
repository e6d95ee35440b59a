#pragma once

#include <napi.h>

namespace glissade {

/// Adds functions that belong to no class (information(), configure(), rules(), …) and constants to the exports.
void defineRuntime(Napi::Object exports);

}  // namespace glissade
