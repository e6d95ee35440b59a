#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

/// How a state is stored: in the type of the parameters, or in fewer bits.
enum class Encoding { plain, bfloat16, uint8 };
inline constexpr size_t kScaleBlock = 256;              // bytes that share a scale
inline constexpr uint32_t kElementDither = 0x9E3779B9;  // step of the dither from element to element

}  // namespace glissade
