// The loop over elements that all loops of rules share. It vectorises if what it calls is inlined.
#pragma once

#include <cstddef>

#include "optimizers/is_update_rule.h"

namespace glissade {
namespace {

/// Calls visit(i, first[i], second[i]…) for elements [begin, end), with as many states as elements of the rule have.
template <typename R, typename First, typename Second, typename Third, typename Fourth, typename Visit>
inline __attribute__((always_inline)) void forEachElement(const First& first, const Second& second, const Third& third,
                                                          const Fourth& fourth, size_t begin, size_t end, Visit visit) {
  static_assert(kMaxStates == 4);  // a branch below for each number of states
  constexpr int kCount = stateCount<R>(Extent::element);
#pragma omp simd
  for (size_t i = begin; i < end; ++i) {
    if constexpr (kCount == 0)
      visit(i);
    else if constexpr (kCount == 1)
      visit(i, first[i]);
    else if constexpr (kCount == 2)
      visit(i, first[i], second[i]);
    else if constexpr (kCount == 3)
      visit(i, first[i], second[i], third[i]);
    else
      visit(i, first[i], second[i], third[i], fourth[i]);
  }
}

}  // namespace
}  // namespace glissade
