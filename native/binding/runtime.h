#pragma once

#include <napi.h>

namespace glissade {

/// Adds information(), configure(), rules(), permutation() and alignment() to the exports.
void defineRuntime(Napi::Env env, Napi::Object exports);

}  // namespace glissade
