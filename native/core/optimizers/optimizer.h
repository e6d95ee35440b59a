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

/// Update rules over a list of arrays, with what wraps them. It owns no memory of parameters, gradients or states:
/// those are lent for each call, which all members of a team make together.
template <typename Real>
class Optimizer {
 public:
  enum class Outcome { stepped, accumulated, notFinite };

  /// @throws Error ERR_INVALID_ARGUMENT where no rule has one of the names.
  Optimizer(OptimizerOptions options, std::vector<Parameter> parameters)
      : parts_(std::make_unique<OptimizerParts<Real>>(std::move(options), std::move(parameters))) {}

  const OptimizerOptions& options() const { return parts_->options; }
  const Parameters& parameters() const { return *parts_->parameters; }
  const StateLayout& layout() const { return parts_->layout; }
  /// How many numbers a step's record holds (StepSettings).
  size_t recordLength() const { return parts_->groups.recordLength(); }

  /// The rows of sparse gradients, and those that these leave out.
  SparseUpdates<Real>& sparse() const { return parts_->sparse; }
  /// Points beside the parameters, where gradients are taken and models evaluated.
  Points<Real> points() const { return Points<Real>(*parts_); }
  /// Steps that update each block of the parameters from its own gradient.
  FusedStep<Real> fused() const { return FusedStep<Real>(*parts_); }
  /// Steps that somebody else takes by the rules' formulas.
  PlainSteps<Real> plain() const { return PlainSteps<Real>(*parts_); }

  /// Takes in gradients of some weight (1, or that of the examples behind them), and updates the parameters where they
  /// are the last of a step. Before a team enters it, a call of sparse().reserve has made room; a barrier parts one
  /// step from the next.
  Outcome step(const Kernels& kernels, const Member& member, const double* record, double weight, bool isLast,
               const Lent<Real>& lent);

  int64_t stepsOf(std::byte* state) const { return parts_->stepsOf(state); }
  Counters& counters(std::byte* state) const { return parts_->counters(state); }

  /// About how many elements a step with such gradients updates.
  size_t workOf(const Gradient* gradients) const;

  /// The least of the numbers in a record that keep rules from dividing by zero; 1 where no rule needs one.
  double denominatorFloor(const Kernels& kernels, const double* record) const;

  /// The largest magnitude among this member's share of the rules' states, or of the gradients that wait for their
  /// step.
  Real largestState(const Kernels& kernels, const Member& member, std::byte* state) const;
  Real largestSum(const Kernels& kernels, const Member& member, std::byte* state) const;

  /// Goes on from a state that was filled elsewhere.
  void recall(const Kernels& kernels, std::byte* state);
  /// What is wrong with such a state, as a sentence; empty where nothing is.
  std::string faultOf(const Kernels& kernels, std::byte* state) const;

 private:
  std::unique_ptr<OptimizerParts<Real>> parts_;
};

}  // namespace glissade
