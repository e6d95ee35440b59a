#pragma once

#include <cstddef>

#include "kernels/kernels.h"
#include "optimizers/parts.h"
#include "parallel/team.h"

namespace glissade {

/// The gradient points and evaluation points of rules and wrappers. A function that takes a member is called by all
/// members of a team together.
template <typename Real>
class Points {
 public:
  explicit Points(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether any rule takes its gradient at another point than the parameters (Nesterov's momentum).
  bool hasGradientPoint() const;
  /// Whether the model is to be evaluated at another point than the parameters: at an average, or where a rule says.
  bool hasEvaluationPoint() const;

  /// Writes the points where the gradient of the next step is to be taken.
  void gradient(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
                Real* const* points);

  /// Writes the worst points of sharpness-aware minimisation (Foret et al. 2021, arXiv:2010.01412, equation 2): at the
  /// distance `radius` along the gradient from lent.parameters, where it was taken.
  void worst(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
             Real* const* points);

  /// Writes the points where the model is to be evaluated.
  void evaluation(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
                  Real* const* points);

 private:
  using Read = decltype(Rule<Real>::gradientPoint);
  using PointOfRule = Read Rule<Real>::*;
  void read(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
            Real* const* points, PointOfRule pointOf);
  void copyFrozen(const Member& member, const Lent<Real>& lent, Real* const* points) const;

  OptimizerParts<Real>& parts_;
};

}  // namespace glissade
