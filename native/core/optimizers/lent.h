#pragma once

#include <cstddef>

#include "optimizers/gradient.h"

namespace glissade {

/// Memory that is lent to an optimizer for a call: a gradient and a parameter for each array, and a slab for the state
/// (StateLayout::bytes()), zero at first.
template <typename Real>
struct Lent {
  const Gradient* gradients;
  Real* const* parameters;
  std::byte* state;
};

}  // namespace glissade
