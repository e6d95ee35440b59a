#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "optimizers/clipping.h"
#include "optimizers/lent.h"
#include "optimizers/parameters.h"
#include "optimizers/rule_states.h"
#include "optimizers/step_scalars.h"
#include "optimizers/transform.h"
#include "parallel/team.h"

namespace glissade {

/// The gradients that `measure` and `update` of a rule take: clipped, and transformed if the rule sees a matrix as a
/// whole (Rule::transform). Keeps nothing from step to step.
template <typename Real>
class Directions {
 public:
  Directions(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups);

  /// Updates the states of transforms from the gradients of step t. All members of a team call this together. Each
  /// transform ends with a barrier.
  void observe(const Kernels& kernels, const Member& member, const Groups<Real>& groups, const RuleStates<Real>& states,
               const StepScalars<Real>& scalars, const GradientClip<Real>& clip, const Lent<Real>& lent, int64_t t);

  /// The direction of a block, written to `buffer` if it can't be read in place.
  Scaled<Real> of(const Kernels& kernels, const GradientClip<Real>& clip, const ArrayRange& block,
                  const Gradient& gradient, Real* buffer) const;

  /// Whether an array has no transform.
  bool hasNoTransform(size_t array) const {
    return orthogonal_[array].size() == 0 && !variances_[array] && !rowScales_[array];
  }

 private:
  std::shared_ptr<const Parameters> parameters_;
  Orthogonalization<Real> orthogonalization_;
  std::vector<Buffer<Real>> orthogonal_;                            // by array: orthogonal directions; empty without
  std::vector<std::unique_ptr<FactoredVariance<Real>>> variances_;  // by array, or null
  std::vector<std::unique_ptr<RowScales<Real>>> rowScales_;         // by array, or null
};

}  // namespace glissade
