#pragma once

#include <algorithm>

#include "optimizers/rule.h"

namespace glissade {

/// The number of a rule's states with a number for each element. They come first.
template <typename Real>
int elementStateCount(const Rule<Real>& rule) {
  const auto isOfElements = [](const State& state) { return state.extent == Extent::element; };
  return static_cast<int>(std::count_if(rule.states, rule.states + rule.stateCount, isOfElements));
}

}  // namespace glissade
