#pragma once

#include <cstdint>

namespace glissade {

/// How the numbers of a table are stored.
enum class Format { float32, float64, uint8, bfloat16 };
enum class Bfloat16 : uint16_t {};  // the upper half of a float

}  // namespace glissade
