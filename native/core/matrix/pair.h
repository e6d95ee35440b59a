#pragma once

#include <cstddef>
#include <cstdint>

namespace glissade {

inline constexpr size_t kDepthGrain = 16;  // products read pairs in multiples of this: AMX's depth

/// Two numbers of bfloat16 (the upper halves of floats), which are adjacent along the depth of a product:
///
///     bit 31        16 15         0
///        [   second   |   first   ]
enum class Pair : uint32_t {};

/// How many pairs products read for a sum of `terms` terms.
constexpr size_t pairDepth(size_t terms) { return (terms + 2 * kDepthGrain - 1) / (2 * kDepthGrain) * kDepthGrain; }

}  // namespace glissade
