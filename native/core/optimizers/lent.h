#pragma once

#include <cstddef>

#include "optimizers/gradient.h"

namespace glissade {

/// Memory that is lent to an optimizer for a call: the gradient and the parameters of each array, and the slab of the
/// state (StateLayout::bytes() bytes), zero at first.
template <typename Real>
struct Lent {
  const Gradient* gradients;
  Real* const* parameters;
  std::byte* state;
};

}  // namespace glissade
