#pragma once

#include <memory>
#include <vector>

#include "training/derivatives.h"

namespace glissade {

/// What there is to know of a loss along its gradient g, to second order.
struct AlongGradient {
  double loss = 0;
  double squaredGradientNorm = 0;  // gᵀg
  double gradientCurvature = 0;    // gᵀHg
};

/// Looks at the loss along its gradient over some rows, every so many steps of a run and before the first. The network
/// is taken as it is evaluated, a minibatch at a time.
template <typename Real>
class CurvatureProbe {
 public:
  CurvatureProbe(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data,
                 const Scoring& scoring, size_t every);

  /// How many steps there are to be before the next look, after so many of the trainer: where none, it is due.
  size_t stepsLeft(int64_t steps) const { return steps < due_ ? static_cast<size_t>(due_ - steps) : 0; }

  /// Goes on from a number of steps: those of a trainer, or of a look that is over.
  void goOn(int64_t steps) { due_ = (steps / every_ + 1) * every_; }

  /// Lets so many members of a team work on it.
  void employ(size_t members) {
    gradient_.employ(members);
    product_.employ(members);
  }

  /// Begins to look, at parameters that stay as they are until the end.
  void begin(const Real* parameters);

  /// Goes through the next minibatch. All members call this together; it tells whether there is more.
  bool advance(const Member& member);

  const AlongGradient& found() const { return found_; }

 private:
  void measure(const Member& member);

  const int64_t every_;
  int64_t due_ = 0;
  Buffer<Real> g_, hg_;
  Differentiation<Real> gradient_, product_;
  std::vector<AlongGradient> blocks_;  // of parameters, whose sums are added in turn
  AlongGradient found_;
};

}  // namespace glissade
