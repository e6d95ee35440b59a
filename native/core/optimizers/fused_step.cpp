#include "optimizers/fused_step.h"

#include <optional>

namespace glissade {

template <typename Real>
bool FusedStep<Real>::isPossible() const {
  const OptimizerOptions& options = parts_.options;
  const bool needsAll = options.checksFinite || options.accumulates || options.state == Encoding::uint8 ||
                        (options.clipping != Clipping::none && options.clipping != Clipping::value);
  return !needsAll && !parts_.groups.any(kernels(), [](const Rule<Real>& rule) {
    return rule.measure || rule.transform != Transform::none;
  });
}

template <typename Real>
void FusedStep<Real>::begin(const Kernels& kernels, const Member& member, const double* record,
                            const Lent<Real>& lent) {
  if (parts_.stepsOf(lent.state) == 0) parts_.start(kernels, member, lent);
  if (member.isFirst()) parts_.prepareStep(kernels, record, std::nullopt, lent);
}

template <typename Real>
void FusedStep<Real>::update(const Kernels& kernels, const Range& range, const Real* gradient,
                             const Lent<Real>& lent) const {
  parts_.parameters->forEachRangeIn(range, [&](const ArrayRange& ofArray) {
    const size_t first = parts_.parameters->offsetOf(ofArray.array) + ofArray.begin - range.begin;
    parts_.update(kernels, ofArray, {gradient + first, false, nullptr, ofArray.begin}, lent);
  });
}

template class FusedStep<float>;
template class FusedStep<double>;

}  // namespace glissade
