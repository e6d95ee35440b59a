#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/parameters.h"
#include "optimizers/state_layout.h"

namespace glissade {

/// A running average of the parameters: average ← (1 − weight) · average + weight · θ. The weights of the steps make it
/// Polyak's, an exponential one, or stochastic weight averaging.
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

  /// Updates the average of a block. A weight of 0 changes nothing.
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
