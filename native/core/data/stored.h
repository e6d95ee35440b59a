#pragma once

#include <cstdint>

#include "data/format.h"

namespace glissade {
namespace {

/// The number that a stored value stands for.
template <typename Stored>
inline Stored valueOf(Stored value) {
  return value;
}
[[maybe_unused]] inline float valueOf(Bfloat16 value) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(value) << 16);
}

}  // namespace
}  // namespace glissade
