#include "training/steps/overflow_guard.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <ranges>

#include "training/steps/exploding.h"

namespace glissade {

template <typename Real>
auto OverflowGuard<Real>::begin(size_t members, const double* record) -> KnownBounds {
  if (factors_.size() != members) {
    forget();
    magnitudes_.resize(members);
    for (auto& place : parameters_) place.resize(members);
    factors_.resize(members);  // resized last: its size tells whether all have been
  }
  const int64_t steps = model_.counts.steps;
  return {!model_.mayDivideByZero(record) && !statesMayBeLarge() && !exceeds(record, model_.recordLength()),
          fusedAt_ == steps, static_cast<size_t>(steps % 2)};
}

template <typename Real>
void OverflowGuard<Real>::measure(const Member& member, const KnownBounds& known, const Factors& factors) {
  factors_[member.index()] = factors;
  if (!known.knowsParameters)
    parameters_[known.place][member.index()] = model_.largestOfShare(member, model_.parameters);
}

template <typename Real>
auto OverflowGuard<Real>::largestFactors() const -> Factors {
  Factors largest{};
  for (const Factors& each : factors_)
    largest = {std::max(largest.input, each.input), std::max(largest.delta, each.delta)};
  return largest;
}

template <typename Real>
bool OverflowGuard<Real>::allowsFusedStep(const KnownBounds& known, const Tally& tally, const Factors& largest) const {
  if (!known.isModerate) return false;
  const Real parameter = std::ranges::max(parameters_[known.place]);
  const double rows = static_cast<double>(tally.examples * model_.network->matrices().mostPositions());
  const double gradient = rows * static_cast<double>(largest.input) * static_cast<double>(largest.delta);
  return gradient <= kExploding && parameter <= kExploding && std::isfinite(tally.loss);
}

template <typename Real>
void OverflowGuard<Real>::noteUpdated(const Member& member, const KnownBounds& known, Real largest) {
  parameters_[1 - known.place][member.index()] = largest;
}

template <typename Real>
void OverflowGuard<Real>::measureGradient(const Member& member, Real gradient, Real parameter) {
  std::byte* const state = model_.state.data();
  magnitudes_[member.index()] = {gradient, model_.optimizer.largestSum(model_.kernels, member, state), parameter,
                                 statesMayBeLarge() ? model_.optimizer.largestState(model_.kernels, member, state) : 0};
}

template <typename Real>
const char* OverflowGuard<Real>::findFault(const Tally& tally) {
  largest_ = {};
  for (const Magnitudes& m : magnitudes_)
    largest_ = {std::max(largest_.gradient, m.gradient), std::max(largest_.waiting, m.waiting),
                std::max(largest_.parameter, m.parameter), std::max(largest_.state, m.state)};
  // Accumulated gradients are summed, each multiplied by the weight of its rows.
  gradientSum_ = options_.accumulate > 1 ? largest_.waiting + tally.lossWeight * largest_.gradient : largest_.gradient;
  const double loss = tally.meanLoss();
  if (std::isnan(loss)) return "the loss became NaN";
  if (std::isinf(loss)) return "the loss became infinite";
  return gradientSum_ <= std::numeric_limits<Real>::max() ? nullptr : "the gradient became non-finite";
}

template <typename Real>
bool OverflowGuard<Real>::needsRollback(const double* record) const {
  return model_.mayDivideByZero(record) ||
         std::max<double>({gradientSum_, largest_.parameter, largest_.state}) > kExploding ||
         exceeds(record, model_.recordLength()) || model_.optimizer.sparse().histories().grows(model_.kernels, record);
}

template <typename Real>
bool OverflowGuard<Real>::staysFinite(const Member& member, const Real* evaluated) {
  magnitudes_[member.index()].parameter = std::max(model_.largestOfShare(member, model_.parameters),
                                                   evaluated ? model_.largestOfShare(member, evaluated) : Real(0));
  member.barrier();
  return std::ranges::all_of(magnitudes_, [](const Magnitudes& m) { return std::isfinite(m.parameter); });
}

template class OverflowGuard<float>;
template class OverflowGuard<double>;

}  // namespace glissade
