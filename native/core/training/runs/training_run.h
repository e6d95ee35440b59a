#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "models/snapshot.h"
#include "training/evaluation/evaluation.h"
#include "training/runs/processor_share.h"
#include "training/runs/publication_pace.h"
#include "training/runs/run.h"
#include "training/runs/step_loop.h"
#include "training/runs/trainer_image.h"

namespace glissade {

/// A run of a trainer over a dataset: epochs of steps, each with a validation; probes of the curvature; and snapshots
/// of the parameters, published meanwhile. A slice belongs to one phase (names in -ing, and probeDue); the other names
/// are events:
///
///     training ──(epoch over)──► published ─► validating ─► reported ──(more epochs)──► training
///        │                                                     └──(last epoch, or no improvement)──► ended
///        ├──(a custom loss)──► asked for ─► training, as in validating
///        ├──(now and then)──► published ─► training
///        ├──(a probe is due)──► probeDue ─► probing ─► reported ─► training, or ended
///        └──(a checkpoint is due)──► copying ─► reported ─► training; in validating and held without that phase
///
/// A run with checkpoints makes a last one before it ends, and waits in `closing` until that is written.
///
/// A run that holds at epochs stays in `held` after the report of one, until it may go on or is to stop.
///
/// A run on single examples of a linear model, which may have millions of columns, publishes only what somebody reads;
/// once somebody has, it goes on publishing if that takes longer than a reader should wait.
///
/// If rows of sparse matrices lag, `walking` comes before parameters are published, probed or left to the user, and
/// before the first steps of a loop that needs all rows caught up.
template <typename Real>
class TrainingRun final : public Run {
 public:
  /// @throws Error ERR_NON_FINITE if the parameters are not finite.
  TrainingRun(std::shared_ptr<Trainer<Real>> trainer, std::shared_ptr<Snapshot<Real>> snapshot, Dataset data,
              std::optional<Evaluation<Real>> validation, std::optional<CurvatureProbe<Real>> probe,
              const RunOptions& options);

  Progress advance(Team& team) noexcept override;

  /// Goes on with the parameters of the best epoch so far. Call it before the start.
  void keepBest(const Real* parameters);
  /// While awaitsLoss(): what to compute the loss from, and where its gradient belongs if it is wanted.
  CustomMinibatch<Real> awaited() { return trainer_->isWithinStep() ? trainer_->awaited() : validation_->awaited(); }

 private:
  using Clock = std::chrono::steady_clock;
  using Outcome = typename Trainer<Real>::Outcome;
  using Foresight = typename EvaluationParameters<Real>::Foresight;

  enum class Phase { training, walking, validating, held, probeDue, probing, copying, closing };

  /// What follows a walk through rows that lag. A walk before a publication or a probe foresees rows in a copy. The
  /// others let rows catch up.
  enum class After { training, epoch, ending, failure, publication, probe };

  void useLoss(double mean) override;
  std::optional<uint64_t> giveUpRequest() override;

  // A slice of each phase.
  Progress train(Team& team);
  Progress takeSteps(Team& team, Clock::time_point deadline);
  Progress walk(Team& team);
  Progress validate(Team& team);
  Progress hold(Team& team);
  Progress beginProbe(Team& team);
  Progress probe(Team& team);
  Progress copy(Team& team);
  Progress close(Team& team);

  // Transitions.
  Progress goOn();
  Progress beginPublication(bool isNeeded);
  Progress endPublication(const Real* parameters);
  Progress failToPublish();
  Progress beginWalk(After after);
  Progress beginForesight(After after, Foresight kind);
  Progress onceCaughtUp(After after);
  Progress afterWalk(After after);
  Progress endSteps();
  Progress endEpoch(std::optional<Evaluated> validation);
  Evaluated evaluated() { return {validation_->tally(), validation_->metrics()}; }
  Progress startProbe(const Real* parameters);
  Progress endProbe();
  Progress beginEnding(RunOutcome::Status status);
  Progress fail(std::string_view code, const char* what, int64_t step) noexcept;
  Progress tellFailure() noexcept;

  // Steps that others request.
  enum class Served { untilNow, upToLoss };
  Served serve(Team& team);
  std::optional<StepAnswer> answer(Team& team, const StepRequest& request);

  void begin();
  void synchronizeIfDue(Team& team);
  bool isStopping() const;
  bool isOutOfTime() const;
  uint32_t wishes() const;
  void goTo(const RunPosition& position);
  RunPosition position() const;
  double elapsedSeconds() const {
    return secondsBefore_ + std::chrono::duration<double>(Clock::now() - begin_).count();
  }
  void makeImage(Team& team, std::byte* memory);
  void makeImageIfDue(Team& team);
  bool isCheckpointDue() const { return options().checkpoints && options().checkpoints->isDue(steps(), Clock::now()); }
  void beginEpoch();
  void wake();
  void pause();
  StepLoop<Real>& nextLoop();
  bool publish(const Real* parameters);
  bool publishNow();
  bool publishEpoch();
  bool restoreBest();
  bool isForesight() const { return after_ == After::publication || after_ == After::probe; }
  bool isOver() const { return epochsEnded_ == options().epochs || earlyStopping_.isOver(); }
  /// The status of a run that ends now.
  RunOutcome::Status statusNow() const;
  int64_t steps() const { return trainer_->counts().steps; }

  const std::shared_ptr<Trainer<Real>> trainer_;
  const std::shared_ptr<Snapshot<Real>> snapshot_;
  EvaluationParameters<Real>& parameters_;  // of the trainer
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
  const std::vector<std::unique_ptr<StepLoop<Real>>> loops_;
  bool haveRowsCaughtUp_ = false;  // once a loop has needed it
  const bool publishesOnDemand_;   // not while nobody reads
  PublicationPace pace_;
  ProcessorShare share_;
  Clock::time_point askedAt_{};  // when the step under way came to its custom loss
  const Clock::time_point begin_ = Clock::now();
  bool isPaused_ = true;                // whether the trainer is
  std::optional<StepRequest> request_;  // whose step is under way
  std::vector<uint32_t> rows_;          // 0, 1, …: of requested steps
  bool hasBegun_ = false, isAtEndOfEpoch_ = false, hasLastImage_ = false;
  int64_t stepsBefore_ = 0;                  // of the run, before it was interrupted
  double secondsBefore_ = 0;                 // as well
  std::optional<TrainerImage<Real>> image_;  // for checkpoints

  Phase phase_ = Phase::training;
  After after_ = After::training;  // follows the walk
  struct {
    RunOutcome::Status status;
    std::string_view code;
    char what[320];
    int64_t step;
  } ending_{};
};

}  // namespace glissade
