#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "record.h"
#include "training/steps/agreement.h"
#include "training/steps/evaluation_parameters.h"
#include "training/steps/linear_steps.h"
#include "training/steps/minibatch.h"
#include "training/steps/minibatch_gradient.h"
#include "training/steps/outer_steps.h"
#include "training/steps/overflow_guard.h"
#include "training/steps/rollback.h"
#include "training/steps/row_exchange.h"
#include "training/steps/trained_model.h"
#include "training/steps/trainer_options.h"

namespace glissade {

/// Counts of a trainer, and what else its later steps depend on beside parameters, state and last record: the step at
/// which others last overwrote the parameters, and whether states may be large.
struct TrainerCounts {
  GLISSADE_RECORD(steps, minibatches, skipped, waiting, overwrittenAt, mayStatesBeLarge);
};

/// How many steps the epochs of a run take at most; fewer if minibatches are skipped. Each epoch ends with a step. The
/// first epoch also uses the gradients that were accumulated before the run.
struct StepCounts {
  int64_t ofFirstEpoch, ofOtherEpochs;

  int64_t after(size_t epochs) const { return ofFirstEpoch + ofOtherEpochs * static_cast<int64_t>(epochs - 1); }
};

/// The sums of a minibatch, whether it was skipped, and why it failed.
struct MinibatchResult {
  Tally tally;
  bool isSkipped = false;
  const char* failure = nullptr;  // such as "the loss became NaN"; null unless the minibatch failed
  const char* failureCode = nullptr;
};

/// Takes the steps of a network's training, and keeps what persists between them. The slab of parameters must outlive
/// it.
template <typename Real>
class Trainer {
 public:
  Trainer(std::shared_ptr<const Network<Real>> network, Real* parameters, TrainerOptions options);
  Trainer(const Trainer&) = delete;  // parts refer to each other

  const TrainedModel<Real>& model() const { return model_; }
  const TrainerOptions& options() const { return options_; }
  const TrainingCounts& counts() const { return model_.counts; }
  EvaluationParameters<Real>& evaluation() { return evaluation_; }

  /// Finds other scores beside the loss, from the next minibatch on. The loss is the same.
  void score(const Scoring& scoring);

  /// Makes room for minibatches of up to `rows` rows with targets of so many columns.
  /// @throws std::bad_alloc
  void reserve(size_t rows, size_t targetColumns = 0);
  /// After `reserve`: makes room for a team of `members` members.
  void setTeamSize(size_t members) { minibatch_->setTeamSize(members); }

  /// Prepares the next step, on these examples and with this record. One member calls this, and a barrier follows. If
  /// memory runs out, the next `step` fails.
  void prepare(const Member& member, const Examples& examples, const double* record);

  /// The outcome of a minibatch. `accumulated`: its gradient is accumulated for a later step. `failed`: nothing has
  /// changed, and result() says why. `awaitsLoss`: the step has come to a custom loss, and another call of `step` goes
  /// on from there.
  enum class Outcome { stepped, accumulated, skipped, failed, awaitsLoss };

  /// Takes the step that was prepared, unless the loss, the gradient or the updated parameters are not finite. All
  /// members call this together. A team of another size may go on with a step that awaited a loss.
  Outcome step(const Member& member);

  /// Whether a step awaits a custom loss, or has got it and not gone on.
  bool isWithinStep() const { return isWithinStep_; }
  /// While a step awaits a loss: what to compute it from, and where its gradient belongs.
  CustomMinibatch<Real> awaited() { return minibatch_->custom(*step_.examples.data, step_.batch.count); }
  /// Takes the loss that a step awaits, once its gradient is written.
  void takeLoss(double mean) { minibatch_->takeLoss(mean, step_.batch.count, step_.batch.wholeCount()); }
  /// Gives up a step that awaits a loss. Nothing has changed then.
  void giveUpStep() { isWithinStep_ = false; }
  /// Prepares the rest of a step that has got its loss. One member calls this, and a barrier follows. If memory runs
  /// out, `step` fails.
  void prepareRest(const Member& member);

  /// The ranks of a job that trains together; null if this process is alone.
  Communicator* ranks() const { return options_.ranks.get(); }
  /// Whether they share each minibatch, and not only the parameters after some.
  bool sharesSteps() const { return ranks() && !outer_; }
  /// The right to exchange something with them; empty if this process is alone.
  /// @throws Error ERR_BUSY
  Communicator::Claim claimRanks() const {
    return ranks() ? Communicator::Claim(options_.ranks) : Communicator::Claim();
  }
  /// Gives the parameters of the first rank to all, before the first of some steps. On the engine's thread.
  /// @throws Error ERR_MPI
  void shareParameters();
  /// The outer steps of ranks that take steps of their own; null if they share each minibatch.
  OuterSteps<Real>* outerSteps() const { return outer_.get(); }
  /// Whether these ranks are to synchronise before the next step.
  bool isSynchronizationDue() const { return isSynchronizationDue_; }
  /// Agrees on wishes, and sums a tally over ranks.
  /// @throws Error ERR_MPI
  void agreeOn(Tally& tally);
  /// Synchronises the parameters, once all rows have caught up. All members call this together, between two steps, and
  /// a barrier must follow. Failures show in ranks().
  void synchronize(const Member& member);
  /// @throws Error ERR_RANKS_DIFFER unless all ranks have the same parameters.
  void checkSameParameters() const;
  /// Notes what this rank wants all to do after the next step (Wishes).
  void wish(uint32_t wishes) { wishes_ = wishes; }
  /// What all are to do after the last one.
  uint32_t agreed() const { return agreement_ ? agreement_->wishes() : 0; }

  /// Counts a minibatch that has not failed, and returns whether it ended with a step. One member calls this once
  /// `step` has returned to it, before a barrier.
  bool conclude();

  /// The result of the last minibatch.
  const MinibatchResult& result() const { return result_; }

  /// Steps on single examples, if the next step can be taken that way with this record; otherwise null.
  LinearSteps<Real>* singleSteps(const double* record) {
    return linear_ && !guard_.statesMayBeLarge() && linear_->canTake(record) ? linear_.get() : nullptr;
  }

  /// Whether some steps may be taken that way.
  bool hasSingleSteps() const { return linear_ != nullptr; }

  /// How many steps each epoch of a run over `examples` examples takes at most, the first epoch and the others, if it
  /// starts now, or goes on after the first `taken` examples of an epoch.
  StepCounts stepsOfRun(size_t examples, size_t batchSize, size_t taken = 0) const {
    const auto stepsOf = [&](size_t minibatches) {
      return static_cast<int64_t>(ceilingOf(minibatches, options_.accumulate));
    };
    return {stepsOf(counts().waiting + ceilingOf(examples - taken, batchSize)),
            stepsOf(ceilingOf(examples, batchSize))};
  }

  /// Writes the parameters to evaluate with to the model, if they are finite. A step that awaits a loss is given up.
  void pause() {
    giveUpStep();
    evaluation_.pause();
  }
  /// Ends a pause, before the next minibatch.
  void resume();

  /// What to save of a trainer between two steps, in a pause or not: the parameters that training goes on from, and its
  /// counts. The optimizer's state and the last record are in model().
  const Real* trainedParameters() const { return evaluation_.trained(); }
  TrainerCounts savedCounts() const;

  /// Goes on from what was saved of another trainer with the same options. It pauses then.
  /// @throws std::bad_alloc, with nothing changed.
  void restore(const Real* parameters, const std::byte* state, const double* record, const TrainerCounts& saved);

 private:
  using KnownBounds = typename OverflowGuard<Real>::KnownBounds;

  /// How far a step is, where it awaits custom losses: one, and with `sam` a second one at the worst point nearby.
  enum class Stage { beginning, loss, lossAtWorstPoint };

  /// A step that was prepared. Each member reads a copy of its own, because the first member may prepare the next
  /// step while others still work on a fused step.
  struct Step {
    Examples examples{};
    Batch batch{};
    KnownBounds known{};
    bool isRefreshed = false;  // whether the workspace's bfloat16 weights are up to date
    Stage stage = Stage::beginning;
  };

  enum class Ending { fusedStep, update, updateWithRollback, skip, failure };

  const Real* findGradientPoint(const Member& member);
  void refresh(const Member& member, const Real* point);
  void forward(const Member& member, const Step& step, const Real* point);
  void backward(const Member& member, const Step& step, const Real* point);
  Outcome awaitLoss(const Member& member, Stage stage);
  void reserveForTeam(const Member& member);
  void touchRows(const Member& member, size_t count);
  Examples takePart(const Examples& examples, RankPart& part);
  void agree(const Member& member);
  Real factorOfSum() const;
  void sumOverRanks(const Member& member);
  Outcome takeFusedStepOverRanks(const Member& member, const Step& step);
  void beginFusedStep(const Member& member, const Step& step);
  void takeFusedStep(const Member& member, const Step& step);
  Real updateBlock(size_t matrix, const Range& rows, const Real* gradient);
  Tally takeTally(const Member& member, size_t count);
  bool reserveGradient(const Member& member);
  void goToWorstPoint(const Member& member);
  void decideEnding(const Member& member, const Tally& tally);
  Ending endingOf(const Tally& tally);
  Outcome end(const Member& member, const Tally& tally);
  void update(const Member& member, const Tally& tally);
  Outcome updateWithRollback(const Member& member, const Tally& tally);
  void fail(const char* code, const char* what);
  template <typename Work>
  bool allocate(const Member& member, Work work);

  TrainerOptions options_;
  TrainedModel<Real> model_;
  EvaluationParameters<Real> evaluation_;
  MinibatchGradient<Real> gradient_;
  OverflowGuard<Real> guard_;
  Rollback<Real> rollback_;
  std::unique_ptr<LinearSteps<Real>> linear_;
  const bool fuses_;             // whether steps can be fused
  const bool hasGradientPoint_;  // whether a rule has a gradient point

  // With ranks.
  std::unique_ptr<Agreement<Real>> agreement_;
  RowExchange rowExchange_;
  uint32_t wishes_ = 0;
  bool haveSharedParameters_ = false;
  std::unique_ptr<OuterSteps<Real>> outer_;  // if they take steps of their own
  bool isSynchronizationDue_ = false, haveRowsToCatchUp_ = false;

  // Memory of minibatches.
  std::unique_ptr<Minibatch<Real>> minibatch_;
  int64_t refreshedAt_ = -1;          // counts.steps when the bfloat16 weights were last up to date
  std::vector<Buffer<Real>> blocks_;  // by member: the gradient of a block in a fused step
  Buffer<Real> point_;                // the gradient point, or the worst point nearby
  std::vector<Real*> points_;         // the tensors in point_

  // The step under way.
  Step step_;
  bool isWithinStep_ = false;
  std::vector<double> record_;
  bool isLast_ = true;               // whether this is the last minibatch of its step
  bool stepsOnAccumulated_ = false;  // whether this minibatch is skipped, and those accumulated before it make a step
  Ending ending_ = Ending::update;
  MinibatchResult result_;
};

}  // namespace glissade
