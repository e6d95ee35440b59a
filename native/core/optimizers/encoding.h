#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

/// How a state is stored: as it is, or in fewer bits.
enum class Encoding { plain, bfloat16, uint8 };
inline constexpr size_t kScaleBlock = 256;              // bytes that share a scale
inline constexpr uint32_t kElementDither = 0x9E3779B9;  // how far dither goes on from element to element

}  // namespace glissade
