#pragma once

#include <algorithm>
#include <memory>
#include <vector>

#include "training/evaluation/derivatives.h"

namespace glissade {

/// A loss along its gradient g, to second order.
struct AlongGradient {
  double loss = 0;
  double squaredGradientNorm = 0;  // gᵀg
  double gradientCurvature = 0;    // gᵀHg
};

/// Measures the loss over `data` along its gradient: before the trainer's first step, and then every `every` steps.
/// The network is in evaluation mode.
template <typename Real>
class CurvatureProbe {
 public:
  CurvatureProbe(const Kernels& kernels, const std::shared_ptr<const Network<Real>>& network, const Dataset& data,
                 const Scoring& scoring, size_t every)
      : every_(static_cast<int64_t>(every)),
        g_(network->parameterCount()),
        hg_(network->parameterCount()),
        gradient_(kernels, network, data, scoring, {}, Use::training),
        product_(kernels, network, data, scoring, {}, Use::tangents),
        blocks_(ceilingOf(network->parameterCount(), kBlock)) {}

  /// How many steps are left before the next probe, after `steps` steps of the trainer. 0: it is due.
  size_t stepsLeft(int64_t steps) const { return steps < due_ ? static_cast<size_t>(due_ - steps) : 0; }

  /// Makes the next probe due at the next multiple of `every` after `steps`.
  void goOn(int64_t steps) { due_ = (steps / every_ + 1) * every_; }

  /// The step before which the next probe is due.
  int64_t dueAt() const { return due_; }
  void goOnAt(int64_t due) { due_ = due; }

  /// Makes room for a team of `members` members.
  void setTeamSize(size_t members) {
    gradient_.setTeamSize(members);
    product_.setTeamSize(members);
  }

  /// Begins a probe at `parameters`. They must not change until it ends.
  void begin(const Real* parameters) {
    gradient_.restart(parameters, {g_.data()});
    product_.restart(parameters, {nullptr, g_.data(), hg_.data()});
  }

  /// Takes the next minibatch. All members call this together. It returns whether any are left.
  bool advance(const Member& member) {
    if (!gradient_.finished()) {
      gradient_.advance(member);
      return true;
    }
    if (product_.advance(member)) return true;
    member.barrier();
    measure(member);
    return false;
  }

  const AlongGradient& found() const { return found_; }

 private:
  // Numbers that are summed as one, so that no sum depends on the size of the team.
  static constexpr size_t kBlock = 4096;

  static double dot(const Real* a, const Real* b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    return sum;
  }

  void measure(const Member& member) {
    const Range share = member.share(blocks_.size());
    for (size_t i = share.begin; i < share.end; ++i) {
      const size_t begin = i * kBlock, count = std::min(kBlock, g_.size() - begin);
      const Real* const g = g_.data() + begin;
      blocks_[i] = {0, dot(g, g, count), dot(g, hg_.data() + begin, count)};
    }
    member.barrier();
    if (!member.isFirst()) return;
    found_ = {gradient_.tally().meanLoss(), 0, 0};
    for (const AlongGradient& block : blocks_) {
      found_.squaredGradientNorm += block.squaredGradientNorm;
      found_.gradientCurvature += block.gradientCurvature;
    }
  }

  const int64_t every_;
  int64_t due_ = 0;
  Buffer<Real> g_, hg_;
  Differentiation<Real> gradient_, product_;
  std::vector<AlongGradient> blocks_;  // by block of parameters: sums, added in turn
  AlongGradient found_;
};

}  // namespace glissade
