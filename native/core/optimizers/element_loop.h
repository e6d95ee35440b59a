// The loop over elements that all loops of rules share. It vectorises if the function that it calls is inlined.
#pragma once

#include <cstddef>
#include <utility>

#include "optimizers/is_update_rule.h"

namespace glissade {
namespace {

/// Calls visit(i, arrays[i]…) for elements [begin, end).
template <typename Visit, typename... Arrays>
inline __attribute__((always_inline)) void forEachElement(size_t begin, size_t end, Visit visit, Arrays... arrays) {
#pragma omp simd
  for (size_t i = begin; i < end; ++i) visit(i, arrays[i]...);
}

/// The indices of the states that elements of a rule have.
template <typename R>
using ElementStates = std::make_index_sequence<stateCount<R>(Extent::element)>;

}  // namespace
}  // namespace glissade
