#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <ranges>
#include <vector>

#include "models/workspace.h"
#include "parallel/team.h"
#include "training/steps/exploding.h"
#include "training/steps/tally.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// Keeps the parameters finite. No parameter overflows in a step whose numbers are moderate (kExploding). A fused step
/// is allowed if bounds show that its gradient is moderate before it is known. Before any other step the numbers
/// themselves are measured. A step with larger numbers needs a rollback.
template <typename Real>
class OverflowGuard {
 public:
  using Factors = typename Workspace<Real>::Factors;

  /// `model` and `options` must outlive this.
  OverflowGuard(TrainedModel<Real>& model, const TrainerOptions& options) : model_(model), options_(options) {}

  /// What is known of a step before it is taken. Each member reads a copy of its own, because the first member may
  /// begin the next step while others still work on a fused step.
  struct KnownBounds {
    bool isModerate = false;       // hyperparameters and states are moderate
    bool knowsParameters = false;  // the fused step before has measured the parameters
    size_t place = 0;              // index into parameters_; the other index is for the next step
  };

  /// Begins a step by a team of `members` members. One member calls this, before a barrier.
  /// @throws std::bad_alloc
  KnownBounds begin(size_t members, const double* record) {
    if (factors_.size() != members) {
      forget();
      magnitudes_.resize(members);
      for (auto& place : parameters_) place.resize(members);
      factors_.resize(members);  // resized last: its size shows whether all have been
    }
    const int64_t steps = model_.counts.steps;
    return {!model_.mayDivideByZero(record) && !statesMayBeLarge() && !exceeds(record, model_.recordLength()),
            fusedAt_ == steps, static_cast<size_t>(steps % 2)};
  }

  /// Stores the factors of the gradient in this member's rows, and measures its share of the parameters if they are not
  /// known. All members call this, before a barrier.
  void measure(const Member& member, const KnownBounds& known, const Factors& factors) {
    factors_[member.index()] = factors;
    if (!known.knowsParameters)
      parameters_[known.place][member.index()] = model_.largestOfShare(member, model_.parameters);
  }

  /// After `measure` and a barrier: the largest factors of the gradient in all members' rows.
  Factors largestFactors() const {
    Factors largest{};
    for (const Factors& each : factors_)
      largest = {std::max(largest.input, each.input), std::max(largest.delta, each.delta)};
    return largest;
  }

  /// Whether bounds rule out an overflow, so that parameters may be updated before the whole gradient is known. All
  /// members find the same.
  bool allowsFusedStep(const KnownBounds& known, const Tally& tally, const Factors& largest) const {
    if (!known.isModerate) return false;
    const Real parameter = std::ranges::max(parameters_[known.place]);
    const double rows = static_cast<double>(tally.examples * model_.network->matrices().mostPositions());
    const double gradient = rows * static_cast<double>(largest.input) * static_cast<double>(largest.delta);
    return gradient <= kExploding && parameter <= kExploding && std::isfinite(tally.loss);
  }

  /// Stores the largest magnitude among the parameters that this member has updated in a fused step.
  void noteUpdated(const Member& member, const KnownBounds& known, Real largest) {
    parameters_[1 - known.place][member.index()] = largest;
  }

  /// Stores the largest magnitudes in this member's shares of the gradient and of the parameters that it is for, and
  /// measures accumulated gradients, and states that may be large. All members call this, before a barrier.
  void measureGradient(const Member& member, Real gradient, Real parameter) {
    std::byte* const state = model_.state.data();
    magnitudes_[member.index()] = {
        gradient, model_.optimizer.largestSum(model_.kernels, member, state), parameter,
        statesMayBeLarge() ? model_.optimizer.largestState(model_.kernels, member, state) : 0};
  }

  /// After `measureGradient`: says what is not finite in a minibatch; null if everything is. One member calls this.
  const char* findFault(const Tally& tally) {
    largest_ = {};
    for (const Magnitudes& m : magnitudes_)
      largest_ = {std::max(largest_.gradient, m.gradient), std::max(largest_.waiting, m.waiting),
                  std::max(largest_.parameter, m.parameter), std::max(largest_.state, m.state)};
    // Accumulated gradients are summed, each multiplied by the weight of its rows.
    gradientSum_ =
        options_.accumulate > 1 ? largest_.waiting + tally.lossWeight * largest_.gradient : largest_.gradient;
    const double loss = tally.meanLoss();
    if (std::isnan(loss)) return "the loss became NaN";
    if (std::isinf(loss)) return "the loss became infinite";
    return gradientSum_ <= std::numeric_limits<Real>::max() ? nullptr : "the gradient became non-finite";
  }

  /// After `findFault`: ignores the gradient of the minibatch, which is skipped.
  void ignoreGradient() { gradientSum_ = largest_.waiting; }

  /// After `findFault`: whether the parameters may overflow in a step with this record.
  bool needsRollback(const double* record) const {
    return model_.mayDivideByZero(record) ||
           std::max<double>({gradientSum_, largest_.parameter, largest_.state}) > kExploding ||
           exceeds(record, model_.recordLength()) ||
           model_.optimizer.sparse().histories().grows(model_.kernels, record);
  }

  /// Whether all parameters are finite after an update, and those to evaluate with, unless they are null. All members
  /// call this together, and a barrier must follow.
  bool staysFinite(const Member& member, const Real* evaluated) {
    magnitudes_[member.index()].parameter = std::max(model_.largestOfShare(member, model_.parameters),
                                                     evaluated ? model_.largestOfShare(member, evaluated) : Real(0));
    member.barrier();
    return std::ranges::all_of(magnitudes_, [](const Magnitudes& m) { return std::isfinite(m.parameter); });
  }

  /// After a step was counted: notes that it was a fused step, or one that needed a rollback.
  void noteFusedStep() { fusedAt_ = model_.counts.steps; }
  void noteRollback() { largeAt_ = model_.counts.steps; }

  /// Whether states may be large. They are moderate after a step without a rollback.
  bool statesMayBeLarge() const { return largeAt_ == model_.counts.steps; }

  /// Forgets the magnitudes of the parameters, since others may have changed these.
  void forget() { fusedAt_ = -1; }

 private:
  struct Magnitudes {
    Real gradient = 0, waiting = 0, parameter = 0, state = 0;
  };

  TrainedModel<Real>& model_;
  const TrainerOptions& options_;

  // By member.
  std::vector<Factors> factors_;
  std::vector<Magnitudes> magnitudes_;
  std::array<std::vector<Real>, 2> parameters_;  // their magnitudes; KnownBounds::place says which

  // The step under way: the largest magnitudes over all members.
  Magnitudes largest_;
  double gradientSum_ = 0;  // a bound of the gradient that the update gets

  // counts.steps after the last fused step, and after the last one with a rollback; -1: none.
  int64_t fusedAt_ = -1, largeAt_ = -1;
};

}  // namespace glissade
