#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/parameters.h"
#include "optimizers/state_layout.h"

namespace glissade {

/// An average of the parameters over steps (Polyak's, exponential or stochastic weight averaging), each step of which
/// has a weight: average ← (1 − weight) · average + weight · θ.
///
/// State: `average`, as long as the parameters.
template <typename Real>
class ParameterAverage {
 public:
  ParameterAverage(const Parameters& parameters, bool isOn, StateLayout& layout) : isOn_(isOn) {
    if (isOn) offsets_ = layout.addLike(parameters, "average", kNumberType<Real>);
  }

  bool isOn() const { return isOn_; }
  Real* of(const ArrayRange& block, std::byte* state) const {
    return reinterpret_cast<Real*>(state + offsets_[block.array]) + block.begin;
  }

  /// Takes the parameters of a block into their average; a weight of 0 leaves it.
  void follow(const Kernels& kernels, const ArrayRange& block, double weight, const Real* theta,
              std::byte* state) const {
    if (weight == 0) return;
    kernels.of<Real>().blend(static_cast<Real>(weight), static_cast<Real>(1 - weight), theta, of(block, state),
                             block.count());
  }

 private:
  bool isOn_;
  std::vector<size_t> offsets_;  // by array
};

}  // namespace glissade
