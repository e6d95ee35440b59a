#include "optimizers/points.h"

#include <algorithm>
#include <cstring>

namespace glissade {

template <typename Real>
bool Points<Real>::hasGradientPoint() const {
  return parts_.groups.any(kernels(), [](const Rule<Real>& rule) { return rule.gradientPoint != nullptr; });
}

template <typename Real>
bool Points<Real>::hasEvaluationPoint() const {
  return parts_.average.isOn() ||
         parts_.groups.any(kernels(), [](const Rule<Real>& rule) { return rule.evaluationPoint != nullptr; });
}

template <typename Real>
void Points<Real>::gradient(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
                            Real* const* points) {
  read(kernels, member, record, lent, points, &Rule<Real>::gradientPoint);
}

template <typename Real>
void Points<Real>::evaluation(const Kernels& kernels, const Member& member, const double* record,
                              const Lent<Real>& lent, Real* const* points) {
  if (parts_.stepsOf(lent.state) == 0)  // states don't have their initial values yet
    return read(kernels, member, record, lent, points, nullptr);
  if (!parts_.average.isOn()) return read(kernels, member, record, lent, points, &Rule<Real>::evaluationPoint);
  copyFrozen(member, lent, points);
  parts_.parameters->forEachBlock(member, [&](const ArrayRange& block) {
    std::copy_n(parts_.average.of(block, lent.state), block.count(), points[block.array] + block.begin);
  });
}

/// Writes the points that the rules' `pointOf` computes; the parameters where that, or `pointOf` itself, is null.
template <typename Real>
void Points<Real>::read(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
                        Real* const* points, PointOfRule pointOf) {
  if (pointOf && member.isFirst()) parts_.prepare(kernels, record, lent.state);
  member.barrier();
  copyFrozen(member, lent, points);
  parts_.parameters->forEachBlock(member, [&](const ArrayRange& block) {
    const Real* const theta = lent.parameters[block.array] + block.begin;
    Real* const point = points[block.array] + block.begin;
    const Read ofRule = pointOf ? parts_.groups.ruleOfArray(kernels, block.array).*pointOf : nullptr;
    if (!ofRule) {
      std::copy_n(theta, block.count(), point);
      return;
    }
    parts_.states.read(kernels, block, lent.state, [&](Real* const* states) {
      ofRule(parts_.scalars.of(block.array), theta, states, 0, block.count(), point);
    });
  });
}

template <typename Real>
void Points<Real>::worst(const Kernels& kernels, const Member& member, const double* record, const Lent<Real>& lent,
                         Real* const* points) {
  parts_.clip.findNorm(kernels, member, lent.gradients, parts_.sparse.gathered());
  if (member.isFirst()) std::memcpy(&parts_.settings, record, sizeof parts_.settings);
  member.barrier();
  const double norm = parts_.clip.norm();
  const double distance = norm > 0 ? parts_.settings.radius / norm : 0;  // also if the norm is NaN
  parts_.parameters->forEachBlock(member, [&](const ArrayRange& block) {
    Real buffer[Parameters::kBlock];
    kernels.of<Real>().displace(static_cast<Real>(parts_.options.maximize ? -distance : distance),
                                rawGradient(kernels, lent.gradients[block.array], block, buffer),
                                lent.parameters[block.array] + block.begin, points[block.array] + block.begin,
                                block.count());
  });
  copyFrozen(member, lent, points);
}

template <typename Real>
void Points<Real>::copyFrozen(const Member& member, const Lent<Real>& lent, Real* const* points) const {
  const Parameters& parameters = *parts_.parameters;
  for (size_t i = 0; member.isFirst() && i < parameters.count(); ++i)
    if (parameters[i].frozen) std::copy_n(lent.parameters[i], parameters.lengthOf(i), points[i]);
}

template class Points<float>;
template class Points<double>;

}  // namespace glissade
