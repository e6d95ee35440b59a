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

/// What a rule takes as gradient: the clipped one or, where the rule sees a matrix as a whole (Rule::transform), what
/// that makes of it. Keeps nothing from step to step.
template <typename Real>
class Directions {
 public:
  Directions(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups);

  /// Takes the gradients of step t into the states that transforms have. All members of a team do it together, and a
  /// barrier follows where an array has a transform.
  void observe(const Kernels& kernels, const Member& member, const Groups<Real>& groups, const RuleStates<Real>& states,
               const StepScalars<Real>& scalars, const GradientClip<Real>& clip, const Lent<Real>& lent, int64_t t);

  /// The direction of a block, in `buffer` where it has to be written.
  Scaled<Real> of(const Kernels& kernels, const GradientClip<Real>& clip, const ArrayRange& block,
                  const Gradient& gradient, Real* buffer) const;

  /// Whether an array has no transform.
  bool isPlain(size_t array) const {
    return orthogonal_[array].size() == 0 && !variances_[array] && !rowScales_[array];
  }

 private:
  std::shared_ptr<const Parameters> parameters_;
  Orthogonalization<Real> orthogonalization_;
  std::vector<Buffer<Real>> orthogonal_;                            // by array: directions made orthogonal, or none
  std::vector<std::unique_ptr<FactoredVariance<Real>>> variances_;  // by array, or none
  std::vector<std::unique_ptr<RowScales<Real>>> rowScales_;         // by array, or none
};

}  // namespace glissade
