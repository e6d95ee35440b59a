#pragma once

#include <algorithm>
#include <cstddef>

#include "kernels/kernels.h"
#include "optimizers/gradient.h"
#include "optimizers/parameters.h"
#include "optimizers/rule.h"

namespace glissade {

/// Updates the one state that a rule has for a row from the row's gradient. Returns the factor of that gradient.
/// `read(begin, end)` returns the gradient of some columns.
template <typename Real, typename Read>
Real rowScaleOf(const KernelsOf<Real>& kernels, const Rule<Real>& rule, const void* scalars, size_t columns,
                Real* state, Read read) {
  double squares = 0;
  for (size_t begin = 0; begin < columns; begin += Parameters::kBlock) {
    const size_t end = std::min(columns, begin + Parameters::kBlock);
    const Scaled<Real> part = read(begin, end);
    const auto scale = static_cast<double>(part.scale);
    squares += scale * scale * kernels.squares(part.values, end - begin);
  }
  return rule.rowScale(scalars, squares / static_cast<double>(columns), state);
}

}  // namespace glissade
