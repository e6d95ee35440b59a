#pragma once

#include <cstdint>
#include <vector>

#include "matrix/buffer.h"
#include "parallel/team.h"
#include "training/trained_model.h"

namespace glissade {

/// The parameters to evaluate a model with while it is trained. They differ from the trained ones where the optimizer
/// averages or evaluates elsewhere, and where rows of sparse matrices lag behind the steps that were taken.
template <typename Real>
class EvaluationParameters {
 public:
  /// Both outlive this.
  EvaluationParameters(TrainedModel<Real>& model, const TrainerOptions& options);

  /// Whether rows of sparse matrices lag behind the steps that were taken.
  bool lags() {
    return !model_.lazy.empty() &&
           model_.optimizer.sparse().lags(model_.kernels, model_.state.data(), model_.optimizerSteps());
  }

  /// Lets rows catch up: `beginCatchUp` by one member, and a barrier; then all members call `catchUp` together, which
  /// tells them whether any rows are left.
  void beginCatchUp() { walk_ = {}; }
  bool catchUp(const Member& member) {
    return model_.optimizer.sparse().catchUp(model_.kernels, member, model_.lent(), model_.optimizerSteps(), walk_);
  }
  /// Lets all rows catch up, on the calling thread.
  void catchUpAlone();

  /// The parameters to evaluate with, as they are now. Rows that lag catch up first.
  const Real* current();

  /// The parameters to evaluate with in a step that may yet be taken back, after its update with this record; null
  /// where these are the trained ones. Rows that lag catch up first. All members call this together.
  const Real* withinStep(const Member& member, const double* record);

  /// Finds parameters during training in a copy: those to evaluate with, or the trained ones, with all rows caught up.
  /// Changes no bit of later steps. `beginForesight` by one member; then all members call `foresee` together, until
  /// nothing is left. The parameters stay in `foreseen` until the next step or look.
  enum class Foresight { evaluated, trained };
  void beginForesight(Foresight kind);
  bool foresee(const Member& member) {
    return model_.optimizer.sparse().foresee(model_.kernels, member, model_.lent(), model_.optimizerSteps(), walk_,
                                             tensors_.data());
  }
  const Real* foreseen() const { return evaluated_.data(); }

  /// Leaves the model with the parameters to evaluate with.
  void pause();

  /// Goes on from the parameters that were trained before the pause; or, where somebody has written to the model since,
  /// from what it holds.
  void resume();

 private:
  bool isElsewhere() const;
  void reserve();

  TrainedModel<Real>& model_;
  const bool goesOn_;           // after a pause
  Buffer<Real> evaluated_;      // once it is needed
  std::vector<Real*> tensors_;  // in it
  Buffer<Real> trained_;        // during a pause
  bool isPaused_ = false;
  int64_t evaluatedAt_ = -1;                 // the step that `evaluated_` is of
  int64_t givenAt_ = 0;                      // the step after which somebody else set the parameters
  typename SparseUpdates<Real>::Walk walk_;  // through rows that lag
};

}  // namespace glissade
