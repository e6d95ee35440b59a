#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/kernels.h"
#include "optimizers/fused_step.h"
#include "optimizers/parts.h"

namespace glissade {

/// Steps that the caller takes, by applying the rules' formulas to parameters and states.
template <typename Real>
class PlainSteps {
 public:
  explicit PlainSteps(OptimizerParts<Real>& parts) : parts_(parts) {}

  /// Whether a step is nothing but the update of each array from its gradient, with states that are not encoded.
  bool arePossible() const {
    const OptimizerOptions& options = parts_.options;
    const bool isPlain = FusedStep<Real>(parts_).isPossible() && !options.averages && !options.hasSlowWeights &&
                         options.clipping == Clipping::none && options.state == Encoding::plain;
    return isPlain && !parts_.groups.any(kernels(), [](const Rule<Real>& rule) {
      const auto startsAsTheta = [](const State& state) { return state.startsAsTheta; };
      return rule.totalCount > 0 || rule.gradientPoint || rule.evaluationPoint ||
             std::any_of(rule.states, rule.states + rule.stateCount, startsAsTheta);
    });
  }

  /// How an array is updated: its rule, the offset of its hyperparameters in a record, and its states.
  struct Update {
    const Rule<Real>* rule;
    size_t hyperparameters;
    Real* states[kMaxStates];
  };
  Update updateOf(const Kernels& kernels, size_t array, std::byte* state) const {
    const size_t group = (*parts_.parameters)[array].group;
    Update update{&parts_.groups.ruleOf(kernels, group), parts_.groups[group].hyperparameters, {}};
    parts_.states.begin(array, state, update.states);
    return update;
  }

  /// Whether a step with this record leaves rows without a gradient unchanged, as all steps before did.
  bool leaveUntouched(const Kernels& kernels, const double* record, std::byte* state) const {
    const RowHistories<Real>& histories = parts_.sparse.histories();
    return !histories.moves(kernels, record) && !histories.haveMoved(state);
  }

  /// Whether a step with this record moves rows without a gradient no more than θ follows from the hyperparameters of
  /// the last step.
  bool canBeFollowed(const Kernels& kernels, const double* record) const {
    return parts_.sparse.histories().canBeFollowed(kernels, record);
  }

  /// Counts steps that left rows without a gradient unchanged. The last one had this record.
  void end(int64_t count, const double* record, const StepArrays<Real>& arrays) {
    parts_.counters(arrays.state).steps += static_cast<double>(count);
    parts_.sparse.settleAfterOtherSteps(arrays, record, parts_.stepsOf(arrays.state));
  }

  /// Counts steps that `canBeFollowed` is true for. Rows have yet to follow the hyperparameters of the last one.
  void endFollowing(const Kernels& kernels, int64_t count, const double* record, const StepArrays<Real>& arrays) {
    parts_.counters(arrays.state).steps += static_cast<double>(count);
    parts_.sparse.settleBeforeLast(kernels, arrays, record, parts_.stepsOf(arrays.state));
  }

 private:
  OptimizerParts<Real>& parts_;
};

}  // namespace glissade
