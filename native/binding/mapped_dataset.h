#pragma once

#include <napi.h>

namespace glissade {

/// Adds `mapDataset` to the addon.
void defineMappedDatasets(Napi::Env env, Napi::Object exports);

}  // namespace glissade
