#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "training/evaluation/evaluation.h"
#include "training/runs/ending.h"
#include "training/runs/processor_share.h"
#include "training/runs/publisher.h"
#include "training/runs/requested_steps.h"
#include "training/runs/run.h"
#include "training/runs/step_loop.h"
#include "training/runs/trainer_image.h"

namespace glissade {

/// A run of a trainer over a dataset: epochs of steps, each with a validation; probes of the curvature; and copies of
/// the parameters, published meanwhile. A slice belongs to one phase, each with its function (train, validate, probe,
/// copy, …): names in -ing, and probeDue. The other names are events:
///
///     training ──(epoch over)──► published ─► validating ─► reported ──(more epochs)──► training
///        │                                                     └──(last epoch, or no improvement)──► ended
///        ├──(a custom loss)──► requested ─► training, as in validating
///        ├──(now and then)──► published ─► training
///        ├──(a probe is due)──► probeDue ─► probing ─► reported ─► training, or ended
///        └──(a checkpoint is due)──► copying ─► reported ─► training; in validating and waiting without that phase
///
/// A run with checkpoints makes a last one before it ends, and stays in `closing` until that is written.
///
/// A run that waits at epochs stays in `waiting` after the report of one, until it may go on or is to stop.
///
/// If rows of sparse matrices lag, `catching up` comes before parameters are published, probed or left to the user, and
/// before the first steps that need all rows caught up.
template <typename Real>
class TrainingRun final : public Run {
 public:
  /// @throws Error ERR_NON_FINITE if the parameters are not finite.
  TrainingRun(std::shared_ptr<Trainer<Real>> trainer, std::shared_ptr<Snapshot<Real>> snapshot, Dataset data,
              std::optional<Evaluation<Real>> validation, std::optional<CurvatureProbe<Real>> probe,
              const RunOptions& options);

  Progress advance(Team& team) noexcept override;

  /// Continues with these parameters of the best epoch so far. Call it before the start.
  void keepBest(const Real* parameters) {
    earlyStopping_.keep(parameters, trainer_->model().network->parameterCount());
  }
  /// While awaitsLoss(): what to compute the loss from, and where its gradient belongs if it is wanted.
  CustomMinibatch<Real> awaited() { return trainer_->isWithinStep() ? trainer_->awaited() : validation_->awaited(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Outcome = typename Trainer<Real>::Outcome;
  using Copied = typename EvaluationParameters<Real>::Copied;
  using Phase = Progress (TrainingRun::*)(Team& team);
  using Event = Progress (TrainingRun::*)();

  // Long enough to make the cost of a parallel region negligible, short enough for other jobs to wait for.
  static constexpr std::chrono::milliseconds kSlice{1};

  void useLoss(double mean) override {
    trainer_->isWithinStep() ? trainer_->takeLoss(mean) : validation_->takeLoss(mean);
  }
  std::optional<uint64_t> giveUpRequest() override { return requested_.giveUp(); }

  // A slice of each phase.
  Progress begin(Team& team);
  Progress train(Team& team);
  Progress takeSteps(Team& team, Clock::time_point deadline);
  Progress catchUp(Team& team) {
    return parameters_.catchUp(team, Clock::now() + kSlice) ? Progress::more : (this->*then_)();
  }
  Progress catchUpCopy(Team& team) {
    return isStopping() ? goOn() : catchUp(team);  // a run that stops needs no copy
  }
  Progress validate(Team& team);
  Progress waitAtEpoch(Team& team) {
    if (isWaiting()) {
      if (serve(team)) return awaitLoss();
      if (!isPaused_) pauseTrainer();
      makeImageIfDue(team);
      return parkAtEpoch(steps());
    }
    resumeTrainer();
    return goOn();
  }
  Progress beginProbe(Team& team) {
    if (isStopping()) return beginEnding(statusNow());
    probe_->setTeamSize(team.size());
    return parameters_.lags() ? beginCopy(Copied::trained, &TrainingRun::probeCopy)
                              : startProbe(trainer_->model().parameters);
  }
  Progress probe(Team& team);
  Progress copy(Team& team) {
    makeImageIfDue(team);
    return goOn();
  }
  Progress close(Team& team);

  // Events: each chooses the next phase, or ends the run.
  Progress enter(Phase phase) noexcept {
    phase_ = phase;
    return Progress::more;
  }
  /// Chooses the next phase: a probe that is due, a checkpoint, steps, or the end.
  Progress goOn() {
    if (supplies_.isProbeDue()) return enter(&TrainingRun::beginProbe);
    if (isOver()) return beginEnding(statusNow());
    return enter(isCheckpointDue() ? &TrainingRun::copy : &TrainingRun::train);
  }
  /// Lets rows that lag catch up, and continues with `then`.
  Progress beginCatchUp(Event then) {
    parameters_.beginCatchUp();
    then_ = then;
    return enter(&TrainingRun::catchUp);
  }
  Progress onceCaughtUp(Event then) { return parameters_.lags() ? beginCatchUp(then) : (this->*then)(); }
  /// The same in a copy of the parameters.
  Progress beginCopy(Copied parameters, Event then) {
    parameters_.beginCopy(parameters);
    then_ = then;
    return enter(&TrainingRun::catchUpCopy);
  }
  /// Publishes parameters during an epoch.
  Progress beginPublication() {
    publisher_.begin();
    if (parameters_.lags()) return beginCopy(Copied::evaluated, &TrainingRun::publishCopy);
    return endPublication(parameters_.current());
  }
  Progress publishCopy() { return endPublication(parameters_.copy()); }
  Progress endPublication(const Real* parameters) { return publisher_.publish(parameters) ? goOn() : failToPublish(); }
  Progress failToPublish() {
    return fail("ERR_NON_FINITE", "the parameters to evaluate with became non-finite", steps());
  }
  Progress endSteps();
  Progress endEpoch();
  Progress probeCopy() { return startProbe(parameters_.copy()); }
  Progress startProbe(const Real* parameters) {
    if (publisher_.isDueBeforePause() && !parameters_.lags() && !publishNow()) return failToPublish();
    probe_->begin(parameters);
    return enter(&TrainingRun::probe);
  }
  Progress beginEnding(RunOutcome::Status status) {
    ending_.status = status;
    return options().checkpoints ? enter(&TrainingRun::close) : onceCaughtUp(&TrainingRun::end);
  }
  Progress end() {
    trainer_->pause();
    if (!restoreBest()) publisher_.end();
    return finish({ending_.status, "", ""});
  }
  Progress fail(std::string_view code, const char* what, int64_t step) noexcept;
  Progress reportFailure() noexcept;

  // Between phases.
  bool serve(Team& team);
  void synchronizeIfDue(Team& team);
  /// Whether the run is to stop here.
  bool isStopping() const { return this->stopsAtOnce() || (trainer_->cooperation().agreed() & RankRequests::stop); }
  bool isOutOfTime() const { return options().maxSeconds > 0 && elapsedSeconds() >= options().maxSeconds; }
  /// Requests that all ranks do after the next step what this one has to do.
  void requestOfRanks() {
    trainer_->cooperation().request((stopRequested() ? RankRequests::stop : 0) |
                                    (isOutOfTime() ? RankRequests::endInTime : 0));
  }
  void goTo(const RunPosition& position);
  RunPosition position() const;
  double elapsedSeconds() const { return secondsBefore_ + secondsSince(begin_); }
  static double secondsSince(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  }
  void makeImage(Team& team, std::byte* memory);
  void makeImageIfDue(Team& team) {
    if (!isCheckpointDue()) return;
    if (std::byte* const memory = options().checkpoints->beginImage(Checkpoints::Waiting::stays))
      makeImage(team, memory);
  }
  bool isCheckpointDue() const { return options().checkpoints && options().checkpoints->isDue(steps(), Clock::now()); }
  /// Ends a pause of the trainer, before a step.
  void resumeTrainer() {
    if (std::exchange(isPaused_, false)) trainer_->resume();
  }
  void pauseTrainer() {
    trainer_->pause();
    isPaused_ = true;
  }
  /// Publishes in one slice.
  bool publishNow() {
    publisher_.begin();
    return publisher_.publish(parameters_.current());
  }
  bool publishEpoch() {
    if (!publishNow()) return false;
    ended_ = publisher_.published();
    return true;
  }
  /// Writes the parameters of the best epoch to the model, if they are kept. For a trainer that continues later, this
  /// is as if its user had written them. Returns whether they are kept.
  bool restoreBest() {
    const Real* const best = earlyStopping_.best();
    if (best) std::copy_n(best, trainer_->model().network->parameterCount(), trainer_->model().parameters);
    return best;
  }
  bool isOver() const { return epochsEnded_ == options().epochs || earlyStopping_.isOver(); }
  /// The status of a run that ends now.
  RunOutcome::Status statusNow() const {
    if (epochsEnded_ == options().epochs) return RunOutcome::Status::completed;
    return earlyStopping_.isOver() ? RunOutcome::Status::stoppedEarly : RunOutcome::Status::stopped;
  }
  int64_t steps() const { return trainer_->counts().steps; }

  const std::shared_ptr<Trainer<Real>> trainer_;
  EvaluationParameters<Real>& parameters_;  // of the trainer
  Publisher<Real> publisher_;
  std::optional<Evaluation<Real>> validation_;
  std::optional<CurvatureProbe<Real>> probe_;
  const int64_t firstStep_;

  Epoch epoch_;
  size_t epochsEnded_ = 0;
  EarlyStopping<Real> earlyStopping_;
  // At the end of the last epoch; steps may have followed.
  std::shared_ptr<const typename Snapshot<Real>::Copy> ended_;  // null if nobody needs it
  int64_t endedAt_ = 0;
  const StepSupplies<Real> supplies_;
  StepLoop<Real> loop_;
  RequestedSteps<Real> requested_;
  bool haveRowsCaughtUp_ = false;  // once the loop has needed it
  ProcessorShare share_;
  Clock::time_point awaitedAt_{};  // when the step under way began to await its custom loss
  const Clock::time_point begin_ = Clock::now();
  bool isPaused_ = true;  // whether the trainer is
  bool isAtEndOfEpoch_ = false, hasLastImage_ = false;
  int64_t stepsBefore_ = 0;                  // of the run, before it was interrupted
  double secondsBefore_ = 0;                 // as well
  std::optional<TrainerImage<Real>> image_;  // for checkpoints

  Phase phase_ = &TrainingRun::begin;
  Event then_ = nullptr;  // once rows have caught up
  Ending ending_;
};

}  // namespace glissade
