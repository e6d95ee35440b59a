#pragma once

#include <algorithm>

#include "optimizers/rule.h"

namespace glissade {

/// How many of a rule's states have a number for each element. They come first.
template <typename Real>
int elementStateCount(const Rule<Real>& rule) {
  const auto isOfElements = [](const State& state) { return state.extent == Extent::element; };
  return static_cast<int>(std::count_if(rule.states, rule.states + rule.stateCount, isOfElements));
}

}  // namespace glissade
