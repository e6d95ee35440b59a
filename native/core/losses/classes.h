#pragma once

#include <cstddef>

namespace glissade {
namespace {

/// The class that a target names, or 0 if it names none. Targets were checked, but in shared memory they may have
/// changed since: a wrong class must not become a wrong address.
template <typename Real>
size_t labelOf(const Real* target, size_t columns) {
  return target[0] >= 0 && target[0] < static_cast<Real>(columns) ? static_cast<size_t>(target[0]) : 0;
}

/// The index of the largest value, of the first one if several are equal.
template <typename Real>
size_t largest(const Real* values, size_t count) {
  size_t at = 0;
  for (size_t j = 1; j < count; ++j)
    if (values[j] > values[at]) at = j;
  return at;
}

}  // namespace
}  // namespace glissade
