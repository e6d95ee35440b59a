#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/kernels.h"
#include "optimizers/fused_step.h"
#include "optimizers/parts.h"
#include "optimizers/plain_steps.h"
#include "optimizers/points.h"
#include "parallel/team.h"

namespace glissade {

/// Update rules and their wrappers over a list of arrays. It borrows parameters, gradients and states for each call
/// (StepArrays). All members of a team call a function that takes a member together.
template <typename Real>
class Optimizer {
 public:
  enum class Outcome { stepped, accumulated, notFinite };

  /// @throws Error ERR_INVALID_ARGUMENT if a name is not that of a rule.
  Optimizer(OptimizerOptions options, std::vector<Parameter> parameters)
      : parts_(std::make_unique<OptimizerParts<Real>>(std::move(options), std::move(parameters))) {
    findEpsilons();
  }

  const OptimizerOptions& options() const { return parts_->options; }
  const Parameters& parameters() const { return *parts_->parameters; }
  const StateLayout& layout() const { return parts_->layout; }
  /// The length of a step record (StepSettings).
  size_t recordLength() const { return parts_->groups.recordLength(); }

  /// The matrices whose gradients may be sparse: touched rows, and rows that lag.
  SparseUpdates<Real>& sparse() const { return parts_->sparse; }
  /// Gradient points and evaluation points.
  Points<Real> points() const { return Points<Real>(*parts_); }
  /// Steps that update each block of parameters while its gradient is in the cache.
  FusedStep<Real> fused() const { return FusedStep<Real>(*parts_); }
  /// Steps that the caller takes by the rules' formulas.
  PlainSteps<Real> plain() const { return PlainSteps<Real>(*parts_); }

  /// Takes the gradients of a minibatch, with a weight: 1, or the sum of the examples' weights. `isLast`: these are the
  /// last ones of the step, and the parameters are updated. sparse().reserve() must come before a team enters. A
  /// barrier must separate two steps.
  Outcome step(const Kernels& kernels, const Member& member, const double* record, double weight, bool isLast,
               const StepArrays<Real>& arrays);

  int64_t stepsOf(std::byte* state) const { return parts_->stepsOf(state); }
  Counters& counters(std::byte* state) const { return parts_->counters(state); }

  /// About how many elements a step with these gradients updates.
  size_t workOf(const Gradient* gradients) const;

  /// The smallest `epsilon` in a record among the rules that could divide by zero without one; at most 1.
  double denominatorFloor(const double* record) const;

  /// The largest magnitude in this member's share of the rules' states; of the accumulated gradients.
  Real largestState(const Kernels& kernels, const Member& member, std::byte* state) const;
  Real largestSum(const Kernels& kernels, const Member& member, std::byte* state) const;

  /// Prepares to continue from a state that was filled elsewhere.
  void recall(const Kernels& kernels, std::byte* state);
  /// Says what is wrong with a state that was filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(const Kernels& kernels, std::byte* state) const;

 private:
  void findEpsilons();
  std::unique_ptr<OptimizerParts<Real>> parts_;
  std::vector<size_t> epsilons_;  // where a record has the ε of rules whose divisions are not always safe
};

}  // namespace glissade
