#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "distributed/communicator.h"
#include "record.h"
#include "training/steps/cooperation.h"
#include "training/steps/evaluation_parameters.h"
#include "training/steps/linear_steps.h"
#include "training/steps/minibatch.h"
#include "training/steps/minibatch_gradient.h"
#include "training/steps/overflow_guard.h"
#include "training/steps/rollback.h"
#include "training/steps/trained_model.h"
#include "training/steps/trainer_options.h"

namespace glissade {

/// Counts of a trainer, and what else its later steps depend on besides parameters, state and last record: the step at
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
  StepFailure failure{};
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

  /// Changes the scores that are found beside the loss, from the next minibatch on. The loss stays the same.
  void score(const Scoring& scoring) {
    options_.scoring = scoring;
    if (minibatch_) minibatch_->score(scoring);
  }

  /// Makes room for minibatches of up to `rows` rows with targets of so many columns.
  /// @throws std::bad_alloc
  void reserve(size_t rows, size_t targetColumns = 0);
  /// The examples of a minibatch that is a whole dataset.
  /// @throws std::bad_alloc
  Examples examplesOf(const Dataset& data, typename Examples::Of of = Examples::Of::whole) {
    while (!data.selection && allRows_.size() < data.rows()) allRows_.push_back(static_cast<uint32_t>(allRows_.size()));
    return {&data, data.selection ? data.selection->data() : allRows_.data(), data.rows(), false, of};
  }
  /// After `reserve`: makes room for a team of `members` members.
  void setTeamSize(size_t members) { minibatch_->setTeamSize(members); }

  /// Prepares the next step, on these examples and with this record. One member calls this, and a barrier follows. If
  /// memory runs out, the next `step` fails.
  void prepare(const Member& member, const Examples& examples, const double* record);

  /// The outcome of a minibatch. `accumulated`: its gradient is accumulated for a later step. `failed`: nothing has
  /// changed, and result() says why. `awaitsLoss`: the step needs a custom loss, and another call of `step` continues
  /// it.
  enum class Outcome { stepped, accumulated, skipped, failed, awaitsLoss };

  /// Takes the step that was prepared, unless the loss, the gradient or the updated parameters are not finite. All
  /// members call this together. A team of another size may go on with a step that awaited a loss.
  Outcome step(const Member& member);

  /// Whether a step awaits a custom loss, or has received it and not continued.
  bool isWithinStep() const { return isWithinStep_; }
  /// While a step awaits a loss: what to compute it from, and where its gradient belongs.
  CustomMinibatch<Real> awaited() { return minibatch_->custom(*step_.examples.data, step_.batch); }
  /// Takes the loss that a step awaits, once its gradient is written.
  void takeLoss(double mean) { minibatch_->takeLoss(mean, step_.batch.count, step_.batch.wholeCount()); }
  /// Gives up a step that awaits a loss. It has changed nothing.
  void giveUpStep() { isWithinStep_ = false; }
  /// Prepares the rest of a step that has received its loss. One member calls this, and a barrier follows. If memory
  /// runs out, `step` fails.
  void prepareRest(const Member& member) {
    isWithinStep_ = false;
    if (!attempt([&] { reserveForTeam(member); })) failForMemory(member);
  }

  /// The ranks that train together, and what they do together.
  const std::shared_ptr<Ranks>& ranks() const { return ranks_; }
  Cooperation<Real>& cooperation() const { return *cooperation_; }
  /// Synchronises ranks that take steps of their own. All members call this together, between two steps, and a barrier
  /// must follow. ranks() records failures.
  void synchronize(const Member& member);

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

  /// How many steps each epoch of a run over `examples` examples takes at most, the first epoch and the others, if the
  /// run starts now, or continues after the first `taken` examples of an epoch.
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
  void resume() {
    forgetParameters();
    evaluation_.resume();
  }

  /// What to save of a trainer between two steps, in a pause or not: the parameters that training continues from, and
  /// its counts. The optimizer's state and the last record are in model().
  const Real* trainedParameters() const { return evaluation_.trained(); }
  TrainerCounts savedCounts() const;

  /// Continues from what was saved of another trainer with the same options, and pauses.
  /// @throws std::bad_alloc, with nothing changed.
  void restore(const Real* parameters, const std::byte* state, const double* record, const TrainerCounts& saved);

 private:
  using KnownBounds = typename OverflowGuard<Real>::KnownBounds;
  using Totals = typename Cooperation<Real>::Totals;

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

  enum class StepKind { fusedStep, update, updateWithRollback, skip, failure };

  /// Writes the gradient point, if a rule has one. Returns where the gradient is taken.
  const Real* computeGradientPoint(const Member& member) {
    if (!hasGradientPoint_) return model_.parameters;
    model_.optimizer.points().gradient(model_.kernels, member, record_.data(), model_.stepArrays(), points_.data());
    member.barrier();
    return point_.data();
  }
  /// Brings the workspace's bfloat16 weights up to date with the parameters at a point.
  void refresh(const Member& member, const Real* point) {
    minibatch_->workspace().refresh(member, point);
    member.barrier();
  }
  void forward(const Member& member, const Step& step, const Real* point);
  /// From the gradient of the loss to the deltas of all layers. A barrier must follow.
  void backward(const Member& member, const Step& step, const Real* point) {
    minibatch_->backward(member, step.batch, {point, nullptr});
  }
  /// Notes where the step continues once it has its loss. No other member may read step_ any more.
  Outcome awaitLoss(const Member& member, Stage stage) {
    if (member.isFirst()) {
      step_.stage = stage;
      isWithinStep_ = true;
    }
    return Outcome::awaitsLoss;
  }
  void reserveForTeam(const Member& member);
  void touchRows(const Member& member, size_t count);
  /// After the deltas: prepares a fused step of the optimizer, and measures bounds of the gradient. A barrier must
  /// follow.
  void beginFusedStep(const Member& member, const Step& step) {
    const Range share = shareOfRows(member, step.examples.count);
    guard_.measure(member, step.known, minibatch_->workspace().largestFactors(share, step.examples.data->largest()));
    model_.optimizer.fused().begin(model_.kernels, member, record_.data(), model_.stepArrays());
  }
  Outcome takeFusedStep(const Member& member, const Step& step, const PassedMinibatch<Real>& minibatch);
  void goToWorstPoint(const Member& member);
  void chooseStep(const Member& member, const Tally& tally);
  StepKind stepKindOf(const Tally& tally);
  Outcome finishStep(const Member& member, const Tally& tally);
  /// Hands the gradient to the optimizer, which updates the parameters if the minibatch is the last one of a step.
  void update(const Member& member, const Tally& tally) {
    model_.optimizer.step(model_.kernels, member, record_.data(), stepsOnAccumulated_ ? 0 : tally.lossWeight, isLast_,
                          model_.stepArrays(gradient_.data()));
  }
  Outcome updateWithRollback(const Member& member, const Tally& tally);
  Outcome failForMemory(const Member& member) {
    if (member.isFirst()) result_.failure = {"ERR_OUT_OF_RANGE", "there was not enough memory"};
    return Outcome::failed;
  }
  /// Forgets what is known of the parameters, since others may have changed them.
  void forgetParameters() {
    refreshedAt_ = -1;
    guard_.forget();
  }

  TrainerOptions options_;
  TrainedModel<Real> model_;
  EvaluationParameters<Real> evaluation_;
  MinibatchGradient<Real> gradient_;
  const std::shared_ptr<Ranks> ranks_;
  const std::unique_ptr<Cooperation<Real>> cooperation_;
  OverflowGuard<Real> guard_;
  Rollback<Real> rollback_;
  std::unique_ptr<LinearSteps<Real>> linear_;
  const bool fuses_;             // whether steps can be fused
  const bool hasGradientPoint_;  // whether a rule has a gradient point

  // Memory of minibatches.
  std::unique_ptr<Minibatch<Real>> minibatch_;
  std::vector<uint32_t> allRows_;  // 0, 1, …
  int64_t refreshedAt_ = -1;       // counts.steps when the bfloat16 weights were last up to date
  Buffer<Real> point_;             // the gradient point, or the worst point nearby
  std::vector<Real*> points_;      // the tensors in point_

  // The step under way.
  Step step_;
  bool isWithinStep_ = false;
  std::vector<double> record_;
  bool isLast_ = true;               // whether this is the last minibatch of its step
  bool stepsOnAccumulated_ = false;  // whether this minibatch is skipped, and those accumulated before it make a step
  StepKind stepKind_ = StepKind::update;
  MinibatchResult result_;
};

}  // namespace glissade
