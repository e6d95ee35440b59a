#include "training/runs/training_run.h"

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "error.h"
#include "training/steps/attempt.h"
#include "training/steps/outer_steps.h"

namespace glissade {
namespace {

/// How many steps a run takes from now on, at most.
template <typename Real>
int64_t stepsLeft(const Trainer<Real>& trainer, size_t rows, const RunOptions& options) {
  const RunPosition position = options.position.value_or(RunPosition{});
  return trainer.stepsOfRun(rows, options.batchSize, static_cast<size_t>(position.examplesTaken))
      .after(options.epochs - static_cast<size_t>(position.epochsEnded));
}

}  // namespace

template <typename Real>
TrainingRun<Real>::TrainingRun(std::shared_ptr<Trainer<Real>> trainer, std::shared_ptr<Snapshot<Real>> snapshot,
                               Dataset data, std::optional<Evaluation<Real>> validation,
                               std::optional<CurvatureProbe<Real>> probe, const RunOptions& given)
    : Run(given, stepsLeft(*trainer, data.rowsOfAll(), given), trainer->model().recordLength()),
      trainer_(std::move(trainer)),
      parameters_(trainer_->evaluation()),
      publisher_(trainer_->model(), std::move(snapshot),
                 options().batchSize == 1 && trainer_->hasSingleSteps() ? Publisher<Real>::When::onDemand
                                                                        : Publisher<Real>::When::always),
      validation_(std::move(validation)),
      probe_(std::move(probe)),
      firstStep_(steps()),
      epoch_(std::move(data), options()),
      earlyStopping_(options().earlyStopping),
      supplies_{*trainer_,
                epoch_,
                records(),
                options(),
                probe_ ? &*probe_ : nullptr,
                stopFlag(),
                requests(),
                publisher_.snapshot()},
      loop_(supplies_),
      requested_(*trainer_, requests(), records()) {
  const TrainedModel<Real>& model = trainer_->model();
  if (!model.isFinite(model.parameters)) throw Error("ERR_NON_FINITE", "the parameters of the network are not finite");
  trainer_->reserve(std::min(options().batchSize, epoch_.data().rowsOfAll()), epoch_.data().targets->columns);
  if (probe_ && firstStep_ > 0) probe_->goOn(firstStep_);
  using Best = typename TrainerImage<Real>::Best;
  if (options().checkpoints) image_.emplace(trainer_, options().earlyStopping.restoresBest ? Best::kept : Best::none);
  if (options().position) goTo(*options().position);
  publisher_.publishAnyway(model.parameters);
}

template <typename Real>
void TrainingRun<Real>::goTo(const RunPosition& at) {
  epochsEnded_ = static_cast<size_t>(at.epochsEnded);
  stepsBefore_ = static_cast<int64_t>(at.steps);
  secondsBefore_ = at.elapsedSeconds;
  const bool isWithinEpoch = at.examplesTaken > 0;
  if (isWithinEpoch) epoch_.goTo(options().firstEpoch + epochsEnded_, at);
  isAtEndOfEpoch_ = isWithinEpoch && epoch_.isOver();
  haveRowsCaughtUp_ = at.haveRowsCaughtUp != 0;
  if (probe_) probe_->goOnAt(static_cast<int64_t>(at.probeDueAt));
  earlyStopping_.goTo(at);
  report(RunProgress{epochsEnded_ + (isWithinEpoch ? 1 : 0), 0, epoch_.tally(), epoch_.seconds()});
  note(earlyStopping_.state());
}

template <typename Real>
RunPosition TrainingRun<Real>::position() const {
  RunPosition at{};
  at.epochsEnded = static_cast<double>(epochsEnded_);
  at.steps = static_cast<double>(stepsBefore_ + steps() - firstStep_);
  at.haveRowsCaughtUp = static_cast<double>(haveRowsCaughtUp_);
  at.probeDueAt = probe_ ? static_cast<double>(probe_->dueAt()) : 0;
  at.elapsedSeconds = elapsedSeconds();
  epoch_.save(at);
  earlyStopping_.save(at);
  return at;
}

template <typename Real>
Job::Progress TrainingRun<Real>::advance(Team& team) noexcept {
  try {
    return (this->*phase_)(team);
  } catch (const std::bad_alloc&) {
    return fail("ERR_OUT_OF_RANGE", "there was not enough memory", steps() + 1);
  } catch (const Error& error) {
    return fail(error.code(), error.what(), steps() + 1);
  } catch (const std::exception& error) {
    return fail("ERR_INTERNAL", error.what(), steps() + 1);
  }
}

// Training.

template <typename Real>
Job::Progress TrainingRun<Real>::begin(Team&) {
  using Start = typename Cooperation<Real>::Start;
  resumeTrainer();
  trainer_->cooperation().begin(options().identity, options().position ? Start::whereInterrupted : Start::atBeginning);
  return enter(supplies_.isProbeDue() ? &TrainingRun::beginProbe : &TrainingRun::train);
}

template <typename Real>
Job::Progress TrainingRun<Real>::train(Team& team) {
  if (isStopping()) return beginEnding(RunOutcome::Status::stopped);
  if (std::exchange(isAtEndOfEpoch_, false)) return onceCaughtUp(&TrainingRun::endSteps);
  if (trainer_->isWithinStep() && !requested_.isUnderWay()) {
    epoch_.seconds() += secondsSince(awaitedAt_);
    return takeSteps(team, awaitedAt_);  // the rest of this one
  }
  if (trainer_->cooperation().agreesOn(RankRequests::endInTime, isOutOfTime()))
    return beginEnding(RunOutcome::Status::outOfTime);
  if (serve(team)) return awaitLoss();
  if (supplies_.isProbeDue()) return goOn();
  const bool hasNext = records().hasNext();  // a run that is parked publishes nothing
  if (publisher_.snapshot().isAwaited() || (!hasNext && publisher_.isDueBeforePause())) return beginPublication();
  if (!hasNext) return parkWithoutRecords();
  if (!epoch_.isUnderWay()) {
    resumeTrainer();
    epoch_.begin(options().firstEpoch + epochsEnded_);
  }
  return takeSteps(team, Clock::now() + kSlice);
}

/// Takes steps until the deadline, and one at least.
template <typename Real>
Job::Progress TrainingRun<Real>::takeSteps(Team& team, Clock::time_point deadline) {
  if (loop_.needsRowsCaughtUp() && !std::exchange(haveRowsCaughtUp_, true)) return beginCatchUp(&TrainingRun::goOn);
  requestOfRanks();
  const Team::Use before = team.use();
  const auto start = Clock::now();
  const Outcome outcome = loop_.run(team, deadline);
  epoch_.seconds() += secondsSince(start);
  share_.observe(before, team.use());
  report(RunProgress{epochsEnded_ + 1, steps() - firstStep_, epoch_.tally(), epoch_.seconds(), share_.share()});
  if (share_.takeWarning()) notify([](RunNews& news) { news.isStarved = true; });
  const StepFailure& failure = trainer_->result().failure;
  if (outcome == Outcome::failed) return fail(failure.code, failure.what, steps() + 1);
  if (outcome == Outcome::awaitsLoss) {
    awaitedAt_ = Clock::now();
    return awaitLoss();
  }
  synchronizeIfDue(team);
  if (epoch_.isOver()) return onceCaughtUp(&TrainingRun::endSteps);
  if (!publisher_.isDue()) return goOn();
  if (!publisher_.canWait()) return beginPublication();
  publisher_.retire();
  return goOn();
}

/// Synchronises ranks that take steps of their own: when that is due, and at the end of an epoch, whose scores are
/// those of all ranks.
template <typename Real>
void TrainingRun<Real>::synchronizeIfDue(Team& team) {
  OuterSteps<Real>* const outer = trainer_->cooperation().outerSteps();
  if (!outer || !(outer->isSynchronizationDue() || epoch_.isOver())) return;
  const auto begin = Clock::now();
  Tally all = epoch_.tally();
  requestOfRanks();
  outer->agreeOn(all);
  if (epoch_.isOver()) epoch_.tally() = all;
  team.parallel([&](const Member& member) { trainer_->synchronize(member); });
  trainer_->ranks()->throwIfFailed();
  epoch_.seconds() += secondsSince(begin);
}

// The end of an epoch.

/// After the last step of an epoch: publishes the parameters, if somebody may need them, and fails if they are not
/// finite. Begins the validation, or ends the epoch if there is none.
template <typename Real>
Job::Progress TrainingRun<Real>::endSteps() {
  endedAt_ = steps();
  ended_ = nullptr;
  trainer_->cooperation().checkSameParameters();
  const bool isNeeded =
      !publisher_.isUnneeded() || validation_ || options().earlyStopping.restoresBest || options().checkpoints;
  if (isNeeded ? !publishEpoch() : !trainer_->model().isFinite(parameters_.current())) return failToPublish();
  if (!isNeeded) publisher_.retire();
  if (!validation_) return endEpoch();
  validation_->restart();
  return enter(&TrainingRun::validate);
}

template <typename Real>
Job::Progress TrainingRun<Real>::validate(Team& team) {
  if (isStopping()) return beginEnding(RunOutcome::Status::stopped);
  if (serve(team)) return awaitLoss();
  if (validation_->finished()) return endEpoch();  // by a custom loss
  const Real* const parameters = ended_->parameters.data();
  validation_->setTeamSize(team.size());
  team.parallel([&](const Member& member) { validation_->advance(member, parameters); });
  trainer_->ranks()->throwIfFailed();
  if (validation_->awaitsLoss()) return awaitLoss();
  if (validation_->finished()) return endEpoch();
  makeImageIfDue(team);
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::endEpoch() {
  ++epochsEnded_;
  EpochReport ended{options().firstEpoch + epochsEnded_, endedAt_, epoch_.tally(), {}, epoch_.seconds(),
                    trainer_->counts().skipped,          {},       steps()};
  if (validation_) {
    ended.validation = validation_->tally();
    ended.metrics = validation_->metrics();
  }
  epoch_.end();
  if (options().observed) records().endEpoch();
  earlyStopping_.observe(ended, ended_);
  const bool waits = beginWait(ended.epoch);  // before the report, whose reader may end the wait
  if (waits) {
    if (!ended_ && !publishEpoch()) return failToPublish();
    parameters_.allowResumption();
    pauseTrainer();
  }
  report(std::move(ended), earlyStopping_.state());
  return waits ? enter(&TrainingRun::waitAtEpoch) : goOn();
}

// Steps that callers request.

/// Takes requested steps for a slice. Returns whether one of them awaits a custom loss.
template <typename Real>
bool TrainingRun<Real>::serve(Team& team) {
  const auto deadline = Clock::now() + kSlice;
  // A probe that is due comes first, or after the wait at an epoch, which may be for the step.
  while (records().hasNext() && (isWaiting() || !supplies_.isProbeDue()) && requested_.begin()) {
    resumeTrainer();
    std::optional<StepAnswer> answer = requested_.take(team);
    if (!answer) return true;
    haveRowsCaughtUp_ = false;
    report(*std::move(answer), steps() - firstStep_);
    if (Clock::now() >= deadline) break;
  }
  return false;
}

template <typename Real>
Job::Progress TrainingRun<Real>::probe(Team& team) {
  if (isStopping()) return beginEnding(statusNow());
  bool isLeft = false;
  team.parallel([&](const Member& member) {
    const bool more = probe_->advance(member);
    if (member.isFirst()) isLeft = more;
  });
  if (isLeft) return Progress::more;
  probe_->goOn(steps());
  const CurvatureReport report{options().firstEpoch + epochsEnded_, steps(), probe_->found()};
  notify([&](RunNews& news) { news.curvature.push_back(report); });
  return goOn();
}

// Checkpoints.

template <typename Real>
void TrainingRun<Real>::makeImage(Team& team, std::byte* memory) {
  Checkpoints& checkpoints = *options().checkpoints;
  try {
    team.parallel(
        [&, at = position()](const Member& member) { image_->save(member, at, earlyStopping_.best(), memory); });
    const CheckpointReport report{checkpoints.endImage(steps(), Clock::now()), epochsEnded_, steps()};
    notify([&](RunNews& news) { news.checkpoint = report; });
  } catch (...) {
    checkpoints.dropImage();  // nobody will describe its file
    throw;
  }
}

/// Makes the last checkpoint, unless that was done, and waits until all are written.
template <typename Real>
Job::Progress TrainingRun<Real>::close(Team& team) {
  Checkpoints& checkpoints = *options().checkpoints;
  hasLastImage_ |= checkpoints.isClosed();
  if (!hasLastImage_) {
    if (std::byte* const memory = checkpoints.beginImage(Checkpoints::Waiting::isReplaced)) {
      hasLastImage_ = true;  // another would fail as well
      makeImage(team, memory);
    }
  }
  if (checkpoints.isBusy()) return parkForCheckpoint();
  if (!hasLastImage_ || !checkpoints.isIdle()) return Progress::more;
  return onceCaughtUp(ending_.status == RunOutcome::Status::failed ? &TrainingRun::reportFailure : &TrainingRun::end);
}

template <typename Real>
Job::Progress TrainingRun<Real>::fail(std::string_view code, const char* what, int64_t step) noexcept {
  ending_.fail(code, what, step);
  hasLastImage_ = true;  // those before the failure are enough
  return options().checkpoints ? enter(&TrainingRun::close) : onceCaughtUp(&TrainingRun::reportFailure);
}

template <typename Real>
Job::Progress TrainingRun<Real>::reportFailure() noexcept {
  RunOutcome outcome{ending_.status, ending_.code, {}};
  attempt([&] { trainer_->pause(); });
  const int64_t kept = restoreBest() ? static_cast<int64_t>(earlyStopping_.state().bestSteps) : steps();
  attempt([&] { publisher_.publishAnyway(trainer_->model().parameters); });
  if (!attempt([&] { outcome.message = ending_.message(options().firstEpoch + epochsEnded_ + 1, kept); }))
    outcome.message = "out of memory";  // short enough for a string without an allocation
  return finish(std::move(outcome));
}

template class TrainingRun<float>;
template class TrainingRun<double>;

}  // namespace glissade
