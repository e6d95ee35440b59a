#pragma once

#include <cstddef>

namespace glissade {
namespace {

/// The class that a target names. Targets were checked, but in shared memory they may change: a wrong class must not
/// become a wrong address.
template <typename Real>
size_t labelOf(const Real* target, size_t columns) {
  return target[0] >= 0 && target[0] < static_cast<Real>(columns) ? static_cast<size_t>(target[0]) : 0;
}

/// Where the first of the largest values stands.
template <typename Real>
size_t largest(const Real* values, size_t count) {
  size_t at = 0;
  for (size_t j = 1; j < count; ++j)
    if (values[j] > values[at]) at = j;
  return at;
}

}  // namespace
}  // namespace glissade
