#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/parameters.h"
#include "optimizers/state_layout.h"

namespace glissade {

/// Lookahead (Zhang et al. 2019, arXiv:1907.08610, algorithm 1): every few steps, slow weights move some of the way to
/// the parameters, which then go on from the slow weights.
///
/// State: `slow`, as long as the parameters, at first a copy of them.
template <typename Real>
class SlowWeights {
 public:
  SlowWeights(const Parameters& parameters, bool isOn, StateLayout& layout) : isOn_(isOn) {
    if (isOn) offsets_ = layout.addLike(parameters, "slow", kNumberType<Real>);
  }

  bool isOn() const { return isOn_; }

  /// slow ← θ, before the first step.
  void start(const ArrayRange& block, const Real* theta, std::byte* state) const {
    if (isOn_) std::copy_n(theta, block.count(), of(block, state));
  }

  /// slow ← slow + weight · (θ − slow); θ ← slow. A weight of 0 changes nothing.
  void pull(const Kernels& kernels, const ArrayRange& block, double weight, Real* theta, std::byte* state) const {
    if (weight == 0) return;
    Real* const slow = of(block, state);
    kernels.of<Real>().blend(static_cast<Real>(weight), static_cast<Real>(1 - weight), theta, slow, block.count());
    std::copy_n(slow, block.count(), theta);
  }

 private:
  Real* of(const ArrayRange& block, std::byte* state) const {
    return reinterpret_cast<Real*>(state + offsets_[block.array]) + block.begin;
  }

  bool isOn_;
  std::vector<size_t> offsets_;  // by array
};

}  // namespace glissade
