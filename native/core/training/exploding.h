#pragma once

#include <algorithm>
#include <cstddef>

namespace glissade {

/// Where a gradient, a parameter, a state or a hyperparameter is beyond this, the parameters may overflow in a step.
/// (Rules multiply up to three of them.)
inline constexpr double kExploding = 1e12;

/// Whether any number of a step record is.
inline bool exceeds(const double* record, size_t length) {
  return std::any_of(record, record + length, [](double x) { return x > kExploding; });
}

}  // namespace glissade
