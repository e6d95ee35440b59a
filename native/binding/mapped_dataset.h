#pragma once

#include <napi.h>

namespace glissade {

/// Adds `mapDataset` to the addon.
void defineMappedDatasets(Napi::Object exports);

}  // namespace glissade
