#pragma once

#include <cstdint>
#include <vector>

#include "matrix/buffer.h"
#include "parallel/team.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// The parameters to evaluate a model with while it is trained. They differ from the trained ones if the optimizer has
/// an evaluation point, or if rows of sparse matrices lag.
template <typename Real>
class EvaluationParameters {
 public:
  /// `model` must outlive this.
  EvaluationParameters(TrainedModel<Real>& model, const TrainerOptions& options);

  /// Whether rows of sparse matrices lag.
  bool lags() {
    return !model_.lazy.empty() &&
           model_.optimizer.sparse().lags(model_.kernels, model_.state.data(), model_.optimizerSteps());
  }

  /// Lets rows catch up. One member calls `beginCatchUp`. After a barrier, all members call `catchUp` together, until
  /// it returns false: no rows are left.
  void beginCatchUp() { walk_ = {}; }
  bool catchUp(const Member& member) {
    return model_.optimizer.sparse().catchUp(model_.kernels, member, model_.lent(), model_.optimizerSteps(), walk_);
  }
  /// Lets all rows catch up, on the calling thread.
  void catchUpAlone();

  /// The parameters to evaluate with, as they are now. Rows that lag catch up first.
  const Real* current();

  /// The parameters to evaluate with after an update with this record that may yet be taken back. Null if they are the
  /// trained ones. Rows that lag catch up first. All members call this together.
  const Real* withinStep(const Member& member, const double* record);

  /// Finds, in a copy, parameters with all rows caught up: those to evaluate with, or the trained ones. The bits of
  /// later steps don't change. One member calls `beginForesight`. Then all members call `foresee` together, until it
  /// returns false. `foreseen` holds the result until the copy is next written.
  enum class Foresight { evaluated, trained };
  void beginForesight(Foresight kind);
  bool foresee(const Member& member) {
    return model_.optimizer.sparse().foresee(model_.kernels, member, model_.lent(), model_.optimizerSteps(), walk_,
                                             tensors_.data());
  }
  const Real* foreseen() const { return evaluated_.data(); }

  /// Lets steps follow a pause: makes room for the trained parameters.
  void allowResumption();

  /// Writes the parameters to evaluate with to the model, if they are finite.
  void pause();

  /// Ends a pause. The model gets back the parameters that were trained before; but if others have written to the model
  /// since, training goes on from what it holds.
  void resume();

  /// The parameters that the next step starts from, in a pause or not; and the step at which others last set them.
  const Real* trained() const;
  int64_t overwrittenAt() const;

  /// Goes on from trained parameters that were saved elsewhere, and pauses. Rows that lag stay behind: in the pause,
  /// the model has copies that have caught up.
  void restore(const Real* trained, int64_t overwrittenAt);
  /// Makes room for `restore`.
  /// @throws std::bad_alloc
  void reserveForPause();

 private:
  bool differsFromTrained() const;
  bool isOverwritten() const;
  void reserve();

  TrainedModel<Real>& model_;
  Buffer<Real> evaluated_;      // allocated when first needed
  std::vector<Real*> tensors_;  // pointers into evaluated_
  Buffer<Real> trained_;        // copy of the trained parameters during a pause; empty if no steps may follow one
  bool isPaused_ = false;
  int64_t evaluatedAt_ = -1;                 // counts.steps that evaluated_ is of; -1: none
  int64_t overwrittenAt_ = 0;                // counts.steps when others last set the parameters
  typename SparseUpdates<Real>::Walk walk_;  // through rows that lag
};

}  // namespace glissade
