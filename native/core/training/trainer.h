#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "training/evaluation_parameters.h"
#include "training/linear_steps.h"
#include "training/minibatch.h"
#include "training/minibatch_gradient.h"
#include "training/overflow_guard.h"
#include "training/rollback.h"
#include "training/run_options.h"
#include "training/trained_model.h"
#include "training/trainer_options.h"

namespace glissade {

/// What came of a minibatch beside its step.
struct MinibatchResult {
  Tally tally;
  bool isSkipped = false;
  const char* failure = nullptr;  // what was not finite, or that there was no memory
  const char* failureCode = nullptr;
};

/// Takes the steps of a network's training, and keeps what lasts from one to the next. The slab of parameters must
/// outlive it.
template <typename Real>
class Trainer {
 public:
  Trainer(std::shared_ptr<const Network<Real>> network, Real* parameters, TrainerOptions options);
  Trainer(const Trainer&) = delete;  // parts refer to each other

  const TrainedModel<Real>& model() const { return model_; }
  const TrainerOptions& options() const { return options_; }
  const TrainingCounts& counts() const { return model_.counts; }
  EvaluationParameters<Real>& evaluation() { return evaluation_; }

  /// Makes room for minibatches of so many rows.
  void reserve(size_t rows);
  /// Lets so many members of a team work on them.
  void employ(size_t members) { minibatch_->employ(members); }

  /// Readies the next step, with its record. One member calls this, and a barrier follows.
  void prepare(const Member& member, const Examples& examples, const double* record);

  /// What came of a minibatch. Where it failed, nothing has changed, and the result says what was not finite.
  enum class Outcome { stepped, waits, skipped, failed };

  /// Takes a step, or none where the loss, its gradient or the parameters after it are not finite. All members call
  /// this together.
  Outcome step(const Member& member);

  /// Takes note of a minibatch that has not failed. One member calls this once `step` has returned to it, before a
  /// barrier. Tells whether that was a step.
  bool conclude();

  /// Of the last minibatch.
  const MinibatchResult& result() const { return result_; }

  /// Steps on single examples, where those that come next can be such with this record; else none.
  LinearSteps<Real>* singleSteps(const double* record) {
    return linear_ && !guard_.statesMayBeLarge() && linear_->canTake(record) ? linear_.get() : nullptr;
  }

  /// How many steps a run over so many examples takes from here.
  StepCounts stepsOfRun(size_t examples, size_t batchSize) const {
    const auto stepsOf = [&](size_t minibatches) {
      return static_cast<int64_t>(ceilingOf(minibatches, options_.accumulate));
    };
    const size_t minibatches = ceilingOf(examples, batchSize);
    return {stepsOf(counts().waiting + minibatches), stepsOf(minibatches)};
  }

  /// Leaves the model with the parameters to evaluate with.
  void pause() { evaluation_.pause(); }
  /// Before the next minibatch: goes on from the parameters that were trained before the pause; or, where somebody has
  /// written to the model since, from what it holds.
  void resume();

 private:
  using Outlook = typename OverflowGuard<Real>::Outlook;

  /// A step before it is taken. Each member goes by a copy of its own: after a fused step the first one may prepare
  /// the next step while others still work on this one.
  struct Step {
    Examples examples{};
    Batch batch{};
    Outlook outlook{};
    bool isRefreshed = false;  // whether the workspace knows the parameters where the gradient is taken
  };

  /// How a minibatch ends.
  enum class Ending { fusedStep, update, updateWithRollback, skip, failure };

  const Real* findGradientPoint(const Member& member);
  void refresh(const Member& member, const Real* point);
  void forwardBackward(const Member& member, const Step& step, const Real* point);
  void touchRows(const Member& member, size_t count);
  void beginFusedStep(const Member& member, const Step& step);
  void takeFusedStep(const Member& member, const Step& step);
  Tally takeTally(const Member& member, size_t count);
  bool reserveGradient(const Member& member);
  void collectAtWorstPoint(const Member& member, const Step& step);
  void look(const Member& member, const Tally& tally);
  Ending decide(const Tally& tally);
  Outcome end(const Member& member, const Tally& tally);
  void update(const Member& member, const Tally& tally);
  Outcome updateWithRollback(const Member& member, const Tally& tally);
  void fail(const char* code, const char* what);
  template <typename Work>
  bool allocate(const Member& member, Work work);

  // Parts, which last as long as the trainer.
  const TrainerOptions options_;
  TrainedModel<Real> model_;
  EvaluationParameters<Real> evaluation_;
  MinibatchGradient<Real> gradient_;
  OverflowGuard<Real> guard_;
  Rollback<Real> rollback_;
  std::unique_ptr<LinearSteps<Real>> linear_;
  const bool fuses_;             // whether steps can be fused
  const bool hasGradientPoint_;  // whether a rule takes its gradient elsewhere than at the parameters

  // Memory of minibatches.
  std::unique_ptr<Minibatch<Real>> minibatch_;
  int64_t refreshedAt_ = -1;          // how many steps had been taken when the workspace last knew the parameters
  std::vector<Buffer<Real>> blocks_;  // by member, the gradient of a block in a fused step
  Buffer<Real> point_;                // where the gradient is taken, if not at the parameters
  std::vector<Real*> points_;         // the tensors in it

  // Of the step under way.
  Step step_;
  std::vector<double> record_;
  bool isLast_ = true;   // of the minibatches of a step
  bool closes_ = false;  // whether the step is due, but this minibatch of it is skipped
  Ending ending_ = Ending::update;
  MinibatchResult result_;
};

}  // namespace glissade
