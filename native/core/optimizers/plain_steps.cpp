#include "optimizers/plain_steps.h"

#include <algorithm>

#include "optimizers/fused_step.h"

namespace glissade {

template <typename Real>
bool PlainSteps<Real>::arePossible() const {
  const OptimizerOptions& options = parts_.options;
  const bool isPlain = FusedStep<Real>(parts_).isPossible() && !options.averages && !options.hasSlowWeights &&
                       options.clipping == Clipping::none && options.state == Encoding::plain;
  return isPlain && !parts_.groups.any(kernels(), [](const Rule<Real>& rule) {
    const bool startsAsTheta =
        std::any_of(rule.states, rule.states + rule.stateCount, [](const State& state) { return state.startsAsTheta; });
    return rule.totalCount > 0 || rule.gradientPoint || rule.evaluationPoint || startsAsTheta;
  });
}

template <typename Real>
auto PlainSteps<Real>::updateOf(const Kernels& kernels, size_t array, std::byte* state) const -> Update {
  const size_t group = (*parts_.parameters)[array].group;
  Update update{&parts_.groups.ruleOf(kernels, group), parts_.groups[group].hyperparameters, {}};
  parts_.states.begin(array, state, update.states);
  return update;
}

template <typename Real>
bool PlainSteps<Real>::leaveUntouched(const Kernels& kernels, const double* record, std::byte* state) const {
  const RowHistories<Real>& histories = parts_.sparse.histories();
  return !histories.moves(kernels, record) && !histories.haveMoved(state);
}

template <typename Real>
bool PlainSteps<Real>::canBeFollowed(const Kernels& kernels, const double* record) const {
  return parts_.sparse.histories().canBeFollowed(kernels, record);
}

template <typename Real>
void PlainSteps<Real>::end(int64_t count, const double* record, const Lent<Real>& lent) {
  parts_.counters(lent.state).steps += static_cast<double>(count);
  parts_.sparse.settleAfterOtherSteps(lent, record, parts_.stepsOf(lent.state));
}

template <typename Real>
void PlainSteps<Real>::endFollowing(const Kernels& kernels, int64_t count, const double* record,
                                    const Lent<Real>& lent) {
  parts_.counters(lent.state).steps += static_cast<double>(count);
  parts_.sparse.settleBeforeLast(kernels, lent, record, parts_.stepsOf(lent.state));
}

template class PlainSteps<float>;
template class PlainSteps<double>;

}  // namespace glissade
