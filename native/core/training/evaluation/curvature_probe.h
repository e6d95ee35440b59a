#pragma once

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
                 const Scoring& scoring, size_t every);

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
  void begin(const Real* parameters);

  /// Takes the next minibatch. All members call this together. It returns whether any are left.
  bool advance(const Member& member);

  const AlongGradient& found() const { return found_; }

 private:
  void measure(const Member& member);

  const int64_t every_;
  int64_t due_ = 0;
  Buffer<Real> g_, hg_;
  Differentiation<Real> gradient_, product_;
  std::vector<AlongGradient> blocks_;  // by block of parameters: sums, added in turn
  AlongGradient found_;
};

}  // namespace glissade
