#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "optimizers/clipping.h"
#include "optimizers/gradient.h"
#include "optimizers/matrix_step.h"
#include "optimizers/parameters.h"
#include "optimizers/rule_states.h"
#include "optimizers/step_scalars.h"
#include "parallel/team.h"

namespace glissade {

/// The gradients that `measure` and `update` of a rule take: clipped, and replaced if the rule sees matrices
/// (Traits::replacement). Keeps nothing from step to step.
template <typename Real>
class Directions {
 public:
  Directions(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups);

  /// Replaces the gradients of step t, and updates the states that this takes. All members of a team call this
  /// together. The replacements are complete when it returns.
  void replace(const Kernels& kernels, const Member& member, const Groups<Real>& groups, const RuleStates<Real>& states,
               const StepScalars<Real>& scalars, const GradientClip<Real>& clip, const StepArrays<Real>& arrays,
               int64_t t);

  /// The direction of a block, written to `buffer` if it can't be read in place.
  Scaled<Real> of(const Kernels& kernels, const GradientClip<Real>& clip, const ArrayRange& block,
                  const Gradient& gradient, Real* buffer) const;

  /// Whether the gradient of an array is replaced.
  bool isReplaced(size_t array) const { return arrays_[array].shape.count > 0; }

 private:
  /// What replaces the gradient of an array.
  struct Replaced {
    Matrices shape{};  // of no matrix if nothing does
    MatrixRule<Real> rule{};
    // Of all matrices in turn, where the rule's replacement uses them.
    Buffer<Real> direction, rowFactors, columnFactors;
    Real most = 0;
  };

  std::shared_ptr<const Parameters> parameters_;
  std::vector<Replaced> arrays_;
  Buffer<std::byte> workspace_;  // of one matrix at a time
};

}  // namespace glissade
