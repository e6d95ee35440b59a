#pragma once

#include <cstdint>

#include "data/dataset.h"

namespace glissade {

/// A checksum that distinguishes datasets: of the shape, the kinds of blocks, and the inputs, targets and
/// weights of its rows. Of large data only some rows are read, at equal distances, which takes some milliseconds.
uint32_t fingerprintOf(const Dataset& data);

}  // namespace glissade
