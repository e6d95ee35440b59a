#include "training/runs/training_run.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "error.h"
#include "training/steps/online.h"

namespace glissade {
namespace {

using namespace std::chrono_literals;

// Long enough to make the cost of a parallel region negligible, short enough for other jobs to wait for.
constexpr auto kSlice = 1ms;

/// Does some work. Returns false if memory ran out.
template <typename Work>
bool attempt(Work work) {
  try {
    work();
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

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
      snapshot_(std::move(snapshot)),
      parameters_(trainer_->evaluation()),
      validation_(std::move(validation)),
      probe_(std::move(probe)),
      firstStep_(steps()),
      epoch_(std::move(data), options()),
      earlyStopping_(options().earlyStopping),
      supplies_{*trainer_,  epoch_,     records(), options(), probe_ ? &*probe_ : nullptr,
                stopFlag(), requests(), *snapshot_},
      loops_(stepLoopsOf(supplies_)),
      publishesOnDemand_(options().batchSize == 1 && trainer_->hasSingleSteps()) {
  const TrainedModel<Real>& model = trainer_->model();
  if (!model.isFinite(model.parameters)) throw Error("ERR_NON_FINITE", "the parameters of the network are not finite");
  trainer_->reserve(std::min(options().batchSize, epoch_.data().rowsOfAll()), epoch_.data().targets->columns);
  if (probe_ && firstStep_ > 0) probe_->goOn(firstStep_);
  using Best = typename TrainerImage<Real>::Best;
  if (options().checkpoints) image_.emplace(trainer_, options().earlyStopping.restoresBest ? Best::kept : Best::none);
  if (options().position) goTo(*options().position);
  snapshot_->publish(model.parameters, model.network->parameterCount(), firstStep_);
  if (supplies_.isProbeDue()) phase_ = Phase::probeDue;
}

template <typename Real>
void TrainingRun<Real>::goTo(const RunPosition& at) {
  epochsEnded_ = static_cast<size_t>(at.epochsEnded);
  stepsBefore_ = static_cast<int64_t>(at.steps);
  secondsBefore_ = at.elapsedSeconds;
  const auto taken = static_cast<size_t>(at.examplesTaken);
  if (taken > 0)
    epoch_.goTo(options().firstEpoch + epochsEnded_, taken,
                {at.loss, at.lossWeight, at.correct, at.weight, static_cast<size_t>(at.examplesCounted)}, at.seconds);
  isAtEndOfEpoch_ = taken > 0 && epoch_.isOver();
  haveRowsCaughtUp_ = at.haveRowsCaughtUp != 0;
  if (probe_) probe_->goOnAt(static_cast<int64_t>(at.probeDueAt));
  earlyStopping_.goOn({at.bestValue, at.bestEpoch, at.bestSteps, at.epochsWithoutImprovement}, nullptr);
  report(RunProgress{epochsEnded_ + (taken > 0 ? 1 : 0), 0, epoch_.tally(), epoch_.seconds()});
  note(earlyStopping_.state());
}

template <typename Real>
void TrainingRun<Real>::keepBest(const Real* parameters) {
  using Copy = typename Snapshot<Real>::Copy;
  const size_t count = trainer_->model().network->parameterCount();
  auto copy = std::make_shared<Copy>(Copy{Buffer<Real>(count)});
  std::copy_n(parameters, count, copy->parameters.data());
  copy->step = static_cast<int64_t>(earlyStopping_.state().bestSteps);
  earlyStopping_.goOn(earlyStopping_.state(), std::move(copy));
}

template <typename Real>
RunPosition TrainingRun<Real>::position() const {
  const Tally& tally = epoch_.tally();
  const EarlyStoppingState& best = earlyStopping_.state();
  const auto number = [](auto count) { return static_cast<double>(count); };
  return {number(epochsEnded_),
          number(epoch_.taken()),
          number(stepsBefore_ + steps() - firstStep_),
          tally.loss,
          tally.lossWeight,
          tally.correct,
          tally.weight,
          number(tally.examples),
          epoch_.seconds(),
          number(haveRowsCaughtUp_),
          probe_ ? number(probe_->dueAt()) : 0,
          best.bestValue,
          best.bestEpoch,
          best.bestSteps,
          best.epochsWithoutImprovement,
          elapsedSeconds()};
}

template <typename Real>
Job::Progress TrainingRun<Real>::advance(Team& team) noexcept {
  try {
    if (!std::exchange(hasBegun_, true)) begin();
    switch (phase_) {
      case Phase::training: return train(team);
      case Phase::walking: return walk(team);
      case Phase::validating: return validate(team);
      case Phase::held: return hold(team);
      case Phase::probeDue: return beginProbe(team);
      case Phase::probing: return probe(team);
      case Phase::copying: return copy(team);
      case Phase::closing: return close(team);
    }
    __builtin_unreachable();
  } catch (const std::bad_alloc&) {
    return fail("ERR_OUT_OF_RANGE", "there was not enough memory", steps() + 1);
  } catch (const Error& error) {
    return fail(error.code(), error.what(), steps() + 1);
  } catch (const std::exception& error) {
    return fail("ERR_INTERNAL", error.what(), steps() + 1);
  }
}

/// Before the first slice. Ranks that share minibatches start with the parameters of the first one.
template <typename Real>
void TrainingRun<Real>::begin() {
  wake();
  if (!trainer_->ranks()) return;
  trainer_->ranks()->checkSame(options().identity);
  trainer_->shareParameters();
  if (trainer_->outerSteps() && !options().position) trainer_->outerSteps()->begin(Member(0, 1));
}

/// Whether the run is to stop here.
template <typename Real>
bool TrainingRun<Real>::isStopping() const {
  return this->stopsAtOnce() || (trainer_->agreed() & Wishes::stop);
}

template <typename Real>
bool TrainingRun<Real>::isOutOfTime() const {
  if (trainer_->ranks()) return trainer_->agreed() & Wishes::endInTime;
  return elapsedSeconds() >= options().maxSeconds;
}

/// What this rank wants all to do after the next step.
template <typename Real>
uint32_t TrainingRun<Real>::wishes() const {
  return (stopRequested() ? Wishes::stop : 0) | (elapsedSeconds() >= options().maxSeconds ? Wishes::endInTime : 0);
}

// Training.

/// Chooses what comes next: a probe that is due, steps, or the end.
template <typename Real>
Job::Progress TrainingRun<Real>::goOn() {
  if (!supplies_.isProbeDue() && isOver()) return beginEnding(statusNow());
  phase_ = supplies_.isProbeDue() ? Phase::probeDue : isCheckpointDue() ? Phase::copying : Phase::training;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::train(Team& team) {
  if (isStopping()) return beginEnding(RunOutcome::Status::stopped);
  if (std::exchange(isAtEndOfEpoch_, false)) return onceCaughtUp(After::epoch);
  if (trainer_->isWithinStep() && !request_) {
    epoch_.seconds() += std::chrono::duration<double>(Clock::now() - askedAt_).count();
    return takeSteps(team, askedAt_);  // the rest of this one
  }
  if (isOutOfTime()) return beginEnding(RunOutcome::Status::outOfTime);
  if (serve(team) == Served::upToLoss) return askForLoss();
  if (supplies_.isProbeDue()) return goOn();
  // While it is parked, nobody would publish.
  const bool isCopyOld = publishesOnDemand_ && !records().hasNext() && pace_.isDue(Clock::now());
  if (snapshot_->isAwaited() || isCopyOld) return beginPublication(true);
  if (!records().hasNext()) return parkWithoutRecords();
  if (!epoch_.isUnderWay()) beginEpoch();
  return takeSteps(team, Clock::now() + kSlice);
}

/// Takes steps until the deadline, and one at least.
template <typename Real>
Job::Progress TrainingRun<Real>::takeSteps(Team& team, Clock::time_point deadline) {
  StepLoop<Real>& loop = nextLoop();
  if (loop.needsRowsCaughtUp() && !std::exchange(haveRowsCaughtUp_, true)) return beginWalk(After::training);
  if (trainer_->ranks()) trainer_->wish(wishes());
  const Team::Use before = team.use();
  const auto start = Clock::now();
  const Outcome outcome = loop.run(team, deadline);
  const auto end = Clock::now();
  epoch_.seconds() += std::chrono::duration<double>(end - start).count();
  share_.observe(before, team.use());
  report(RunProgress{epochsEnded_ + 1, steps() - firstStep_, epoch_.tally(), epoch_.seconds(), share_.share()});
  if (share_.takeWarning()) reportStarvation();
  if (outcome != Outcome::failed && outcome != Outcome::awaitsLoss) synchronizeIfDue(team);

  if (outcome == Outcome::failed) return fail(trainer_->result().failureCode, trainer_->result().failure, steps() + 1);
  if (outcome == Outcome::awaitsLoss) {
    askedAt_ = end;
    return askForLoss();
  }
  if (epoch_.isOver()) return onceCaughtUp(After::epoch);
  return pace_.isDue(end) || snapshot_->isAwaited() ? beginPublication(false) : goOn();
}

/// Synchronises ranks that take steps of their own: when that is due, and at the end of an epoch, whose scores are
/// those of all ranks.
template <typename Real>
void TrainingRun<Real>::synchronizeIfDue(Team& team) {
  if (!trainer_->outerSteps() || !(trainer_->isSynchronizationDue() || epoch_.isOver())) return;
  const auto begin = Clock::now();
  Tally all = epoch_.tally();
  trainer_->wish(wishes());
  trainer_->agreeOn(all);
  if (epoch_.isOver()) epoch_.tally() = all;
  team.parallel([&](const Member& member) { trainer_->synchronize(member); });
  trainer_->ranks()->throwIfFailed();
  epoch_.seconds() += std::chrono::duration<double>(Clock::now() - begin).count();
}

template <typename Real>
void TrainingRun<Real>::beginEpoch() {
  wake();
  epoch_.begin(options().firstEpoch + epochsEnded_);
}

/// The fastest loop that can take the next step.
template <typename Real>
StepLoop<Real>& TrainingRun<Real>::nextLoop() {
  const double* const record = records().next(1)[0];
  return **std::find_if(loops_.begin(), loops_.end(), [&](const auto& loop) { return loop->canTake(record); });
}

// Walks through rows that lag.

template <typename Real>
Job::Progress TrainingRun<Real>::beginWalk(After after) {
  parameters_.beginCatchUp();
  phase_ = Phase::walking;
  after_ = after;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::beginForesight(After after, Foresight kind) {
  parameters_.beginForesight(kind);
  phase_ = Phase::walking;
  after_ = after;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::onceCaughtUp(After after) {
  return parameters_.lags() ? beginWalk(after) : afterWalk(after);
}

template <typename Real>
Job::Progress TrainingRun<Real>::walk(Team& team) {
  if (stopRequested() && isForesight()) return goOn();  // its result is not needed
  const auto deadline = Clock::now() + kSlice;
  bool isLeft = false, walksOn = true;  // written by the first member, before a barrier
  team.parallel([&](const Member& member) {
    do {
      const bool more = isForesight() ? parameters_.foresee(member) : parameters_.catchUp(member);
      if (member.isFirst()) {
        isLeft = more;
        walksOn = more && Clock::now() < deadline;
      }
      member.barrier();
    } while (walksOn);
  });
  return isLeft ? Progress::more : afterWalk(after_);
}

template <typename Real>
Job::Progress TrainingRun<Real>::afterWalk(After after) {
  switch (after) {
    case After::training: return goOn();
    case After::epoch: return endSteps();
    case After::ending:
      trainer_->pause();
      if (!restoreBest() && publishesOnDemand_) snapshot_->end(steps());
      return finish({ending_.status, "", ""});
    case After::failure: return tellFailure();
    case After::publication: return endPublication(parameters_.foreseen());
    case After::probe: return startProbe(parameters_.foreseen());
  }
  __builtin_unreachable();
}

// Publication.

/// Publishes parameters during an epoch.
template <typename Real>
Job::Progress TrainingRun<Real>::beginPublication(bool isNeeded) {
  const bool canWait = pace_.isQuick() || !snapshot_->wasEverRead();
  if (publishesOnDemand_ && !isNeeded && !snapshot_->wasRead() && canWait) {
    snapshot_->retire();
    return goOn();
  }
  pace_.begin();
  if (parameters_.lags()) return beginForesight(After::publication, Foresight::evaluated);
  return endPublication(parameters_.current());
}

template <typename Real>
Job::Progress TrainingRun<Real>::endPublication(const Real* parameters) {
  return publish(parameters) ? goOn() : failToPublish();
}

/// After `pace_.begin()`: publishes parameters to evaluate with, if they are finite. Returns whether they are.
template <typename Real>
bool TrainingRun<Real>::publish(const Real* parameters) {
  if (!trainer_->model().isFinite(parameters)) return false;
  snapshot_->publish(parameters, trainer_->model().network->parameterCount(), steps());
  pace_.end();
  return true;
}

/// Publishes in one slice.
template <typename Real>
bool TrainingRun<Real>::publishNow() {
  pace_.begin();
  return publish(parameters_.current());
}

template <typename Real>
Job::Progress TrainingRun<Real>::failToPublish() {
  return fail("ERR_NON_FINITE", "the parameters to evaluate with became non-finite", steps());
}

// The end of an epoch.

/// After the last step of an epoch: publishes the parameters, if somebody may need them, and fails if they are not
/// finite. Begins the validation, or ends the epoch if there is none.
template <typename Real>
Job::Progress TrainingRun<Real>::endSteps() {
  endedAt_ = steps();
  ended_ = nullptr;
  if (trainer_->ranks()) trainer_->checkSameParameters();
  const bool isNeeded = !publishesOnDemand_ || validation_ || options().earlyStopping.restoresBest ||
                        options().checkpoints || snapshot_->wasRead();
  if (isNeeded ? !publishEpoch() : !trainer_->model().isFinite(parameters_.current())) return failToPublish();
  if (!isNeeded) snapshot_->retire();
  if (!validation_) return endEpoch({});
  validation_->restart();
  phase_ = Phase::validating;
  return Progress::more;
}

template <typename Real>
bool TrainingRun<Real>::publishEpoch() {
  if (!publishNow()) return false;
  ended_ = snapshot_->published();
  return true;
}

template <typename Real>
Job::Progress TrainingRun<Real>::validate(Team& team) {
  if (isStopping()) return beginEnding(RunOutcome::Status::stopped);
  if (serve(team) == Served::upToLoss) return askForLoss();
  if (validation_->finished()) return endEpoch(evaluated());  // by a custom loss
  const Real* const parameters = ended_->parameters.data();
  validation_->setTeamSize(team.size());
  team.parallel([&](const Member& member) { validation_->advance(member, parameters); });
  if (trainer_->ranks()) trainer_->ranks()->throwIfFailed();
  if (validation_->awaitsLoss()) return askForLoss();
  if (validation_->finished()) return endEpoch(evaluated());
  makeImageIfDue(team);
  return Progress::more;
}

template <typename Real>
void TrainingRun<Real>::useLoss(double mean) {
  trainer_->isWithinStep() ? trainer_->takeLoss(mean) : validation_->takeLoss(mean);
}

template <typename Real>
Job::Progress TrainingRun<Real>::endEpoch(std::optional<Evaluated> validation) {
  ++epochsEnded_;
  EpochReport ended{options().firstEpoch + epochsEnded_, endedAt_, epoch_.tally(), {}, epoch_.seconds(),
                    trainer_->counts().skipped,          {},       steps()};
  if (validation) {
    ended.validation = validation->tally;
    ended.metrics = std::move(validation->metrics);
  }
  epoch_.end();
  if (options().observed) records().endEpoch();
  earlyStopping_.observe(ended, ended_);
  const bool holds = beginHold(ended.epoch);  // before the report, whose reader may end the hold
  if (holds) {
    if (!ended_ && !publishEpoch()) return failToPublish();
    parameters_.allowResumption();
    pause();
  }
  report(std::move(ended), earlyStopping_.state());
  if (!holds) return goOn();
  phase_ = Phase::held;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::hold(Team& team) {
  if (isHeld()) {
    if (serve(team) == Served::upToLoss) return askForLoss();
    if (!isPaused_) pause();
    makeImageIfDue(team);
    return parkHeld(steps());
  }
  wake();
  return goOn();
}

// Steps that others request.

/// Takes requested steps for a slice, or up to a custom loss.
template <typename Real>
auto TrainingRun<Real>::serve(Team& team) -> Served {
  const auto deadline = Clock::now() + kSlice;
  // A probe that is due comes first, or after the hold, which may wait for the step.
  while (records().hasNext() && (isHeld() || !supplies_.isProbeDue())) {
    if (!request_) request_ = requests().take();
    if (!request_) break;
    wake();
    std::optional<StepAnswer> answered = answer(team, *request_);
    if (!answered) return Served::upToLoss;
    request_.reset();
    haveRowsCaughtUp_ = false;
    report(*std::move(answered), steps() - firstStep_);
    if (Clock::now() >= deadline) break;
  }
  return Served::untilNow;
}

/// The answer to a request, once its step has got its loss.
template <typename Real>
std::optional<StepAnswer> TrainingRun<Real>::answer(Team& team, const StepRequest& request) {
  const auto& [id, minibatch] = request;
  try {
    for (size_t row = rows_.size(); row < minibatch.rows(); ++row) rows_.push_back(static_cast<uint32_t>(row));
    const int64_t before = steps();
    const Outcome outcome = stepBetween(team, *trainer_, minibatch, rows_.data(), records().next(1)[0]);
    if (outcome == Outcome::awaitsLoss) return {};
    if (steps() > before) records().use(1);
    const MinibatchResult& result = trainer_->result();
    if (outcome == Outcome::failed)
      return StepAnswer{id, {}, steps(), result.failureCode, sentenceOfFailure(*trainer_)};
    return StepAnswer{id, result.tally, steps(), "", ""};
  } catch (const std::bad_alloc&) {
    return StepAnswer{id, {}, steps(), "ERR_OUT_OF_RANGE", "out of memory"};
  }
}

template <typename Real>
std::optional<uint64_t> TrainingRun<Real>::giveUpRequest() {
  if (!request_) return {};
  const uint64_t id = request_->id;
  trainer_->giveUpStep();
  request_.reset();
  return id;
}

/// Ends a pause of the trainer, before a step.
template <typename Real>
void TrainingRun<Real>::wake() {
  if (std::exchange(isPaused_, false)) trainer_->resume();
}

template <typename Real>
void TrainingRun<Real>::pause() {
  trainer_->pause();
  isPaused_ = true;
}

// Probes of the curvature.

template <typename Real>
Job::Progress TrainingRun<Real>::beginProbe(Team& team) {
  if (isStopping()) return beginEnding(statusNow());
  probe_->setTeamSize(team.size());
  return parameters_.lags() ? beginForesight(After::probe, Foresight::trained)
                            : startProbe(trainer_->model().parameters);
}

template <typename Real>
Job::Progress TrainingRun<Real>::startProbe(const Real* parameters) {
  const bool isCopyOld = publishesOnDemand_ && !parameters_.lags() && pace_.isDue(Clock::now());
  if (isCopyOld && !publishNow()) return failToPublish();
  probe_->begin(parameters);
  phase_ = Phase::probing;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::probe(Team& team) {
  if (isStopping()) return beginEnding(statusNow());
  bool isLeft = false;
  team.parallel([&](const Member& member) {
    const bool more = probe_->advance(member);
    if (member.isFirst()) isLeft = more;
  });
  return isLeft ? Progress::more : endProbe();
}

template <typename Real>
Job::Progress TrainingRun<Real>::endProbe() {
  probe_->goOn(steps());
  report(CurvatureReport{options().firstEpoch + epochsEnded_, steps(), probe_->found()});
  return goOn();
}

// Checkpoints.

template <typename Real>
Job::Progress TrainingRun<Real>::copy(Team& team) {
  makeImageIfDue(team);
  return goOn();
}

template <typename Real>
void TrainingRun<Real>::makeImageIfDue(Team& team) {
  if (!isCheckpointDue()) return;
  if (std::byte* const memory = options().checkpoints->beginImage(Checkpoints::Waiting::stays)) makeImage(team, memory);
}

template <typename Real>
void TrainingRun<Real>::makeImage(Team& team, std::byte* memory) {
  Checkpoints& checkpoints = *options().checkpoints;
  try {
    team.parallel(
        [&, at = position()](const Member& member) { image_->save(member, at, earlyStopping_.best(), memory); });
    report(CheckpointReport{checkpoints.endImage(steps(), Clock::now()), epochsEnded_, steps()});
  } catch (...) {
    checkpoints.giveUpImage();  // nobody describes its file
    throw;
  }
}

/// Makes the last checkpoint, if that is not done, and waits until all are written.
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
  return onceCaughtUp(ending_.status == RunOutcome::Status::failed ? After::failure : After::ending);
}

// The end of the run.

template <typename Real>
RunOutcome::Status TrainingRun<Real>::statusNow() const {
  if (epochsEnded_ == options().epochs) return RunOutcome::Status::completed;
  return earlyStopping_.isOver() ? RunOutcome::Status::stoppedEarly : RunOutcome::Status::stopped;
}

/// Writes the parameters of the best epoch to the model, if they are kept. A trainer that goes on later finds them
/// there as if its user had written them. Returns whether they are kept.
template <typename Real>
bool TrainingRun<Real>::restoreBest() {
  const Real* const best = earlyStopping_.best();
  if (best) std::copy_n(best, trainer_->model().network->parameterCount(), trainer_->model().parameters);
  return best;
}

template <typename Real>
Job::Progress TrainingRun<Real>::beginEnding(RunOutcome::Status status) {
  ending_.status = status;
  if (!options().checkpoints) return onceCaughtUp(After::ending);
  phase_ = Phase::closing;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::fail(std::string_view code, const char* what, int64_t step) noexcept {
  ending_ = {RunOutcome::Status::failed, code, {}, step};
  std::strncpy(ending_.what, what, sizeof ending_.what - 1);  // a copy, as `what` may not outlive the call
  if (!options().checkpoints) return onceCaughtUp(After::failure);
  hasLastImage_ = true;  // those before the failure are enough
  phase_ = Phase::closing;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::tellFailure() noexcept {
  const int64_t kept = steps();
  const auto& [status, code, what, step] = ending_;
  RunOutcome outcome{status, code, {}};
  attempt([&] { trainer_->pause(); });
  const bool isBest = restoreBest();
  attempt([&] { snapshot_->publish(trainer_->model().parameters, trainer_->model().network->parameterCount(), kept); });
  const bool isTold = attempt([&] {
    if (code == "ERR_MPI" || code == "ERR_RANKS_DIFFER") {
      outcome.message = what;  // not of a step alone
      return;
    }
    outcome.message = std::string(what) + " at step " + std::to_string(step) + " (epoch " +
                      std::to_string(options().firstEpoch + epochsEnded_ + 1) + "); parameters are as after step " +
                      std::to_string(isBest ? static_cast<int64_t>(earlyStopping_.state().bestSteps) : kept) +
                      (code == "ERR_NON_FINITE" ? ". Try a smaller learningRate." : ".");
  });
  if (!isTold) outcome.message = "out of memory";  // short enough for a string without an allocation
  return finish(std::move(outcome));
}

template class TrainingRun<float>;
template class TrainingRun<double>;

}  // namespace glissade
