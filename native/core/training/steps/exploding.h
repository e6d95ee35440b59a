#pragma once

#include <algorithm>
#include <cstddef>

namespace glissade {

/// The bound of moderate numbers. If a gradient, a parameter, a state or a hyperparameter is larger, the parameters may
/// overflow in a step, because rules multiply up to three of them.
inline constexpr double kExploding = 1e12;

/// Whether any number of a step record is larger than kExploding.
inline bool exceeds(const double* record, size_t length) {
  return std::any_of(record, record + length, [](double x) { return x > kExploding; });
}

}  // namespace glissade
