#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <utility>
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
  EvaluationParameters(TrainedModel<Real>& model, const TrainerOptions& options) : model_(model) {
    if (!model_.optimizer.points().hasEvaluationPoint()) return;
    reserve();
    if (options.mayResume) allowResumption();
  }

  /// Whether rows of sparse matrices lag.
  bool lags() {
    return !model_.lazy.empty() &&
           model_.optimizer.sparse().lags(model_.kernels, model_.state.data(), model_.optimizerSteps());
  }

  /// Brings rows that lag up to date: in place, or in a copy of the parameters to evaluate with or of the trained ones.
  /// A copy does not change the bits of later steps. One member calls `begin…`. After a barrier, all members call
  /// `catchUp` together until it returns false, when no rows are left.
  enum class Copied { evaluated, trained };
  void beginCatchUp() {
    place_ = {};
    isCopying_ = false;
  }
  void beginCopy(Copied parameters) {
    reserve();
    if (parameters == Copied::evaluated && differsFromTrained())
      model_.optimizer.points().evaluation(model_.kernels, Member(0, 1), model_.lastRecord.data(), model_.stepArrays(),
                                           tensors_.data());
    else
      std::copy_n(model_.parameters, model_.network->parameterCount(), evaluated_.data());
    evaluatedAt_ = -1;
    place_ = {};
    isCopying_ = true;
  }
  bool catchUp(const Member& member) {
    SparseUpdates<Real>& sparse = model_.optimizer.sparse();
    const int64_t steps = model_.optimizerSteps();
    return isCopying_
               ? sparse.catchUpCopies(model_.kernels, member, model_.stepArrays(), steps, place_, tensors_.data())
               : sparse.catchUp(model_.kernels, member, model_.stepArrays(), steps, place_);
  }
  /// The same for a team, for some time. Returns whether any rows are left.
  bool catchUp(Team& team, std::chrono::steady_clock::time_point deadline) {
    bool isLeft = false, isGoing = true;  // written by the first member, before a barrier
    team.parallel([&](const Member& member) {
      do {
        const bool more = catchUp(member);
        if (member.isFirst()) {
          isLeft = more;
          isGoing = more && std::chrono::steady_clock::now() < deadline;
        }
        member.barrier();
      } while (isGoing);
    });
    return isLeft;
  }
  /// The result of `beginCopy`, until the copy is next written.
  const Real* copy() const { return evaluated_.data(); }
  /// Lets all rows catch up. All members call this together. A barrier precedes the return.
  void catchUpAll(const Member& member) {
    if (member.isFirst()) beginCatchUp();
    member.barrier();
    while (catchUp(member))
      ;
  }

  /// The parameters to evaluate with, as they are now. Rows that lag catch up first.
  const Real* current() {
    if (lags()) catchUpAll(Member(0, 1));
    if (!differsFromTrained()) return model_.parameters;
    if (evaluatedAt_ != model_.counts.steps)
      model_.optimizer.points().evaluation(model_.kernels, Member(0, 1), model_.lastRecord.data(), model_.stepArrays(),
                                           tensors_.data());
    evaluatedAt_ = model_.counts.steps;
    return evaluated_.data();
  }

  /// The parameters to evaluate with after an update with this record that may yet be taken back. Null if they are the
  /// trained ones. Rows that lag catch up first. All members call this together.
  const Real* withinStep(const Member& member, const double* record) {
    if (member.isFirst()) evaluatedAt_ = -1;
    if (lags()) catchUpAll(member);
    if (!model_.optimizer.points().hasEvaluationPoint()) return nullptr;
    model_.optimizer.points().evaluation(model_.kernels, member, record, model_.stepArrays(), tensors_.data());
    member.barrier();
    return evaluated_.data();
  }

  /// Lets steps follow a pause: makes room for the trained parameters.
  void allowResumption() {
    if (model_.optimizer.points().hasEvaluationPoint() && trained_.size() == 0)
      trained_ = Buffer<Real>(model_.network->parameterCount());
  }

  /// Writes the parameters to evaluate with to the model, if they are finite.
  void pause() {
    const Real* const shown = current();
    if (isPaused_ || shown == model_.parameters || !model_.isFinite(shown)) return;
    const size_t count = model_.network->parameterCount();
    if (trained_.size() > 0) std::copy_n(model_.parameters, count, trained_.data());
    std::copy_n(shown, count, model_.parameters);
    isPaused_ = true;
  }

  /// Ends a pause. The model gets back the parameters that were trained before. If others have written to the model
  /// since, training continues from what they have written.
  void resume() {
    if (!isPaused_) return;
    if (isOverwritten())
      overwrittenAt_ = model_.counts.steps;
    else
      std::copy_n(trained_.data(), model_.network->parameterCount(), model_.parameters);
    isPaused_ = false;
  }

  /// The parameters that the next step starts from, in a pause or not; and the step at which others last set them.
  const Real* trained() const { return isPaused_ && !isOverwritten() ? trained_.data() : model_.parameters; }
  int64_t overwrittenAt() const { return isOverwritten() ? model_.counts.steps : overwrittenAt_; }

  /// Continues from trained parameters that were saved elsewhere, and pauses. Rows that lag stay behind: in the pause,
  /// the model has copies that have caught up.
  void restore(const Real* trained, int64_t overwrittenAt) {
    const size_t count = model_.network->parameterCount();
    std::copy_n(trained, count, model_.parameters);
    isPaused_ = false;
    overwrittenAt_ = overwrittenAt;
    if (!lags()) {
      evaluatedAt_ = -1;
      return pause();
    }
    beginCopy(Copied::evaluated);
    while (catchUp(Member(0, 1)))
      ;
    if (!model_.isFinite(evaluated_.data())) return;
    std::copy_n(model_.parameters, count, trained_.data());
    std::copy_n(evaluated_.data(), count, model_.parameters);
    isPaused_ = true;
  }
  /// Makes room for `restore`.
  /// @throws std::bad_alloc
  void reserveForPause() {
    if (model_.lazy.empty() && !model_.optimizer.points().hasEvaluationPoint()) return;
    reserve();
    if (trained_.size() == 0) trained_ = Buffer<Real>(model_.network->parameterCount());
  }

 private:
  /// Whether the parameters to evaluate with differ from the trained ones after all rows have caught up.
  bool differsFromTrained() const {
    return model_.optimizer.points().hasEvaluationPoint() && overwrittenAt_ != model_.counts.steps;
  }
  /// Whether training continues from the parameters that the model has in a pause, because others have written to it or
  /// because no trained parameters were kept.
  bool isOverwritten() const {
    return isPaused_ && (trained_.size() == 0 ||
                         std::memcmp(model_.parameters, evaluated_.data(), evaluated_.size() * sizeof(Real)) != 0);
  }
  void reserve() {
    if (evaluated_.size() > 0) return;
    Buffer<Real> evaluated(model_.network->parameterCount());
    tensors_ = model_.tensorsIn(evaluated);
    evaluated_ = std::move(evaluated);
  }

  TrainedModel<Real>& model_;
  Buffer<Real> evaluated_;      // allocated when first needed
  std::vector<Real*> tensors_;  // pointers into evaluated_
  Buffer<Real> trained_;        // copy of the trained parameters during a pause; empty if no steps may follow one
  bool isPaused_ = false;
  int64_t evaluatedAt_ = -1;                      // counts.steps that evaluated_ is of; -1: none
  int64_t overwrittenAt_ = 0;                     // counts.steps when others last set the parameters
  typename SparseUpdates<Real>::Progress place_;  // among the rows that lag
  bool isCopying_ = false;                        // whether they catch up in evaluated_
};

}  // namespace glissade
