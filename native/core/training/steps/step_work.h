#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "models/network.h"

namespace glissade {

/// About how many multiplications a training step on `rows` examples takes.
template <typename Real>
size_t workOfStep(const Network<Real>& network, size_t rows) {
  constexpr size_t kWays = 3;              // forward, backward, and the gradient of the weights
  constexpr size_t kProductsOfUpdate = 8;  // per parameter
  return kWays * rows * network.workOfExample() + kProductsOfUpdate * network.parameterCount();
}

/// How many members of a team a step is worth. Each that joins makes all wait longer at barriers, so that n members
/// take about work / n + n · wait, the least at n = √(work / wait).
inline size_t membersWorth(size_t work) {
  // In multiplications that a member could do meanwhile. A step has about nine barriers. At each, a line of the cache
  // travels to and from each member, which takes some 100 ns each way to another chip of a server.
  constexpr double kWait = 90'000;
  constexpr size_t kOnChip = 8;  // members that share a chip
  return std::max(kOnChip, static_cast<size_t>(std::sqrt(static_cast<double>(work) / kWait)));
}

}  // namespace glissade
