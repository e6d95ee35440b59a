#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/workspace.h"
#include "parallel/team.h"
#include "training/tally.h"
#include "training/trained_model.h"

namespace glissade {

/// Keeps the parameters finite. No parameter overflows in a step whose numbers are moderate (kExploding). A fused step
/// is allowed where bounds show that before any gradient is known; before any other step the numbers themselves are
/// looked at. A step with larger numbers needs a rollback.
template <typename Real>
class OverflowGuard {
 public:
  using Factors = typename Workspace<Real>::Factors;

  /// Both outlive this.
  OverflowGuard(TrainedModel<Real>& model, const TrainerOptions& options) : model_(model), options_(options) {}

  /// What is known of a step before it is taken. Each member goes by a copy of its own: after a fused step the first
  /// one may begin the next step while others still work on this one.
  struct Outlook {
    bool isModerate = false;       // hyperparameters and states
    bool knowsParameters = false;  // the magnitudes of parameters, from the fused step before
    size_t place = 0;              // among the two of magnitudes of parameters; the other one is for the next step
  };

  /// Begins a step by a team. One member calls this, before a barrier.
  /// @throws std::bad_alloc
  Outlook begin(size_t members, const double* record);

  /// Takes note of the factors of the gradient in this member's rows, and of its share of the parameters. All members
  /// call this, before a barrier.
  void measure(const Member& member, const Outlook& outlook, const Factors& factors);

  /// Whether bounds rule out that the parameters overflow, so that they may be updated before all of the gradient is
  /// known. All members find the same.
  bool allowsFusedStep(const Outlook& outlook, const Tally& tally) const;

  /// Takes note of the largest parameter among those that a member has updated, in a fused step.
  void noteUpdated(const Member& member, const Outlook& outlook, Real largest);

  /// Looks at what a step works with, given the largest numbers in this member's shares of the gradient and of the
  /// parameters that it is for. All members call this, before a barrier.
  void look(const Member& member, Real gradient, Real parameter);

  /// After `look`: what is not finite in a minibatch, as a sentence; or null. One member calls this.
  const char* findFault(const Tally& tally);

  /// After `findFault`: leaves the gradient of the minibatch out of account.
  void leaveOut() { gradientSum_ = largest_.waiting; }

  /// After `findFault`: whether the parameters may overflow in a step with this record.
  bool needsRollback(const double* record) const;

  /// Whether all parameters are finite after an update, and those to evaluate with, if given. All members call this
  /// together, and a barrier must follow.
  bool staysFinite(const Member& member, const Real* evaluated);

  /// After the last step was counted: that it was a fused step, or one that needed a rollback.
  void noteFusedStep() { fusedAt_ = model_.counts.steps; }
  void noteRollback() { largeAt_ = model_.counts.steps; }

  /// Whether states may be large: the last step needed a rollback. (They grow large by large steps only.)
  bool statesMayBeLarge() const { return largeAt_ == model_.counts.steps; }

  /// Forgets what it knows of the parameters, which somebody else may have changed.
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
  std::array<std::vector<Real>, 2> parameters_;  // magnitudes of them, in two places

  // Of the step under way.
  Magnitudes largest_;
  double gradientSum_ = 0;  // no number that the update gets as gradient is larger

  // From step to step: how many had been taken after the last one of a kind.
  int64_t fusedAt_ = -1, largeAt_ = -1;
};

}  // namespace glissade
