#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "kernels/kernels.h"
#include "optimizers/parts.h"
#include "parallel/team.h"

namespace glissade {

/// The gradient points and evaluation points of rules and wrappers. All members of a team call a function that takes a
/// member together.
template <typename Real>
class Points {
 public:
  explicit Points(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether any rule takes its gradient at a point other than the parameters (Nesterov's momentum).
  bool hasGradientPoint() const {
    return parts_.groups.any(kernels(), [](const Rule<Real>& rule) { return rule.gradientPoint != nullptr; });
  }
  /// Whether the model must be evaluated at a point other than the parameters: at an average, or where a rule says.
  bool hasEvaluationPoint() const {
    return parts_.average.isOn() ||
           parts_.groups.any(kernels(), [](const Rule<Real>& rule) { return rule.evaluationPoint != nullptr; });
  }

  /// Writes the points where the gradient of the next step must be taken.
  void gradient(const Kernels& kernels, const Member& member, const double* record, const StepArrays<Real>& arrays,
                Real* const* points) {
    read(kernels, member, record, arrays, points, &Rule<Real>::gradientPoint);
  }

  /// Writes the worst points of sharpness-aware minimisation (Foret et al. 2021, arXiv:2010.01412, equation 2): at the
  /// distance `radius` along the gradient from arrays.parameters, where it was taken.
  void worst(const Kernels& kernels, const Member& member, const double* record, const StepArrays<Real>& arrays,
             Real* const* points) {
    parts_.clip.findNorm(kernels, member, arrays.gradients, parts_.sparse.gathered());
    if (member.isFirst()) std::memcpy(&parts_.settings, record, sizeof parts_.settings);
    member.barrier();
    const double norm = parts_.clip.norm();
    const double distance = norm > 0 ? parts_.settings.radius / norm : 0;  // also if the norm is NaN
    parts_.parameters->forEachBlock(member, [&](const ArrayRange& block) {
      Real buffer[Parameters::kBlock];
      kernels.of<Real>().displace(static_cast<Real>(parts_.options.maximize ? -distance : distance),
                                  rawGradient(kernels, arrays.gradients[block.array], block, buffer),
                                  arrays.parameters[block.array] + block.begin, points[block.array] + block.begin,
                                  block.count());
    });
    copyFrozen(member, arrays, points);
  }

  /// Writes the points where the model must be evaluated.
  void evaluation(const Kernels& kernels, const Member& member, const double* record, const StepArrays<Real>& arrays,
                  Real* const* points) {
    const bool hasStarted = parts_.stepsOf(arrays.state) > 0;  // states don't have their initial values before
    if (!hasStarted || !parts_.average.isOn())
      return read(kernels, member, record, arrays, points, hasStarted ? &Rule<Real>::evaluationPoint : nullptr);
    copyFrozen(member, arrays, points);
    parts_.parameters->forEachBlock(member, [&](const ArrayRange& block) {
      std::copy_n(parts_.average.of(block, arrays.state), block.count(), points[block.array] + block.begin);
    });
  }

 private:
  using PointOfRule = decltype(Rule<Real>::gradientPoint) Rule<Real>::*;

  /// Writes the points that the rules' `pointOf` computes; the parameters where that, or `pointOf` itself, is null.
  void read(const Kernels& kernels, const Member& member, const double* record, const StepArrays<Real>& arrays,
            Real* const* points, PointOfRule pointOf) {
    if (pointOf && member.isFirst()) parts_.prepare(kernels, record, arrays.state);
    member.barrier();
    copyFrozen(member, arrays, points);
    parts_.parameters->forEachBlock(member, [&](const ArrayRange& block) {
      const Real* const theta = arrays.parameters[block.array] + block.begin;
      Real* const point = points[block.array] + block.begin;
      const auto ofRule = pointOf ? parts_.groups.ruleOfArray(kernels, block.array).*pointOf : nullptr;
      if (!ofRule) {
        std::copy_n(theta, block.count(), point);
        return;
      }
      parts_.states.read(kernels, block, arrays.state, [&](Real* const* states) {
        ofRule(parts_.scalars.of(block.array), theta, states, 0, block.count(), point);
      });
    });
  }

  void copyFrozen(const Member& member, const StepArrays<Real>& arrays, Real* const* points) const {
    const Parameters& parameters = *parts_.parameters;
    for (size_t i = 0; member.isFirst() && i < parameters.count(); ++i)
      if (parameters[i].frozen) std::copy_n(arrays.parameters[i], parameters.lengthOf(i), points[i]);
  }

  OptimizerParts<Real>& parts_;
};

}  // namespace glissade
