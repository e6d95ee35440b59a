#include "optimizers/directions.h"

#include <utility>

namespace glissade {

template <typename Real>
Directions<Real>::Directions(std::shared_ptr<const Parameters> parameters, const Groups<Real>& groups)
    : parameters_(std::move(parameters)),
      orthogonal_(parameters_->count()),
      variances_(parameters_->count()),
      rowScales_(parameters_->count()) {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    const Parameter& parameter = (*parameters_)[i];
    if (parameter.frozen || parameters_->lengthOf(i) == 0) continue;
    switch (groups.ruleOfArray(kernels(), i).transform) {
      case Transform::none: break;
      case Transform::factored: variances_[i] = std::make_unique<FactoredVariance<Real>>(parameter.shape); break;
      case Transform::rowWise: rowScales_[i] = std::make_unique<RowScales<Real>>(parameter.shape); break;
      case Transform::orthogonal:
        orthogonalization_.reserve(matricesOf(parameter));
        orthogonal_[i] = Buffer<Real>(parameters_->lengthOf(i));
    }
  }
}

template <typename Real>
void Directions<Real>::observe(const Kernels& kernels, const Member& member, const Groups<Real>& groups,
                               const RuleStates<Real>& states, const StepScalars<Real>& scalars,
                               const GradientClip<Real>& clip, const Lent<Real>& lent, int64_t t) {
  for (size_t i = 0; i < parameters_->count(); ++i) {
    if (hasNoTransform(i)) continue;
    const Rule<Real>& rule = groups.ruleOfArray(kernels, i);
    const Gradient& gradient = lent.gradients[i];
    Real* begins[kMaxStates];
    states.begin(i, lent.state, begins);
    if (variances_[i]) variances_[i]->observe(kernels, member, scalars.of(i), clip, gradient, i, begins[0], begins[1]);
    if (rowScales_[i] && !gradient.rows)
      rowScales_[i]->observe(kernels, member, rule, scalars.of(i), clip, gradient, i, begins[0]);
    if (orthogonal_[i].size() == 0) continue;
    parameters_->forEachBlockOf(i, member, [&](const ArrayRange& block) {
      Real buffer[Parameters::kBlock];
      const auto [values, scale] = clip.read(kernels, gradient, block, buffer);
      states.update(kernels, block, lent.state, t, [&, values, scale](Real* const* ofBlock) {
        rule.direction(scalars.of(i), scale, values, lent.parameters[i] + block.begin, ofBlock, 0, block.count(),
                       orthogonal_[i].data() + block.begin);
      });
    });
    member.barrier();
    orthogonalization_.apply(kernels, member, scalars.of(i), matricesOf((*parameters_)[i]), orthogonal_[i].data());
  }
}

template <typename Real>
Scaled<Real> Directions<Real>::of(const Kernels& kernels, const GradientClip<Real>& clip, const ArrayRange& block,
                                  const Gradient& gradient, Real* buffer) const {
  if (orthogonal_[block.array].size() > 0) return {orthogonal_[block.array].data() + block.begin, 1};
  const Scaled<Real> clipped = clip.read(kernels, gradient, block, buffer);
  if (const auto& scales = rowScales_[block.array]) return scales->apply(kernels, block, clipped, buffer);
  const auto& variance = variances_[block.array];
  return variance ? variance->divide(kernels, block, clipped, buffer) : clipped;
}

template class Directions<float>;
template class Directions<double>;

}  // namespace glissade
