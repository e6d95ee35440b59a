#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

inline constexpr size_t kDepthGrain = 16;  // the depth of products of pairs is read in multiples of it

/// Two numbers of bfloat16 (the upper halves of floats), the first in the lower bits.
enum class Pair : uint32_t {};

}  // namespace glissade
