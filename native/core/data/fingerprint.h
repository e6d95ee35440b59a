#pragma once

#include <cstdint>

#include "data/dataset.h"

namespace glissade {

/// A checksum of a dataset, by which other data are told from these: its shape, kinds and formats, and the numbers of
/// rows, targets and weights included. Of large data only some rows are read, at equal distances, which takes some
/// milliseconds.
uint32_t fingerprintOf(const Dataset& data);

}  // namespace glissade
