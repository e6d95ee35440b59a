#include "training/training_run.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "error.h"

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

}  // namespace

template <typename Real>
TrainingRun<Real>::TrainingRun(std::shared_ptr<Trainer<Real>> trainer, std::shared_ptr<Snapshot<Real>> snapshot,
                               Dataset data, std::optional<Evaluation<Real>> validation,
                               std::optional<CurvatureProbe<Real>> probe, const RunOptions& given)
    : Run(given, trainer->stepsOfRun(data.rows(), given.batchSize).after(given.epochs),
          trainer->model().recordLength()),
      trainer_(std::move(trainer)),
      snapshot_(std::move(snapshot)),
      parameters_(trainer_->evaluation()),
      validation_(std::move(validation)),
      probe_(std::move(probe)),
      firstStep_(steps()),
      epoch_(std::move(data), options()),
      earlyStopping_(options().earlyStopping),
      supplies_{*trainer_, epoch_, records(), options(), probe_ ? &*probe_ : nullptr, stopFlag()},
      loops_(stepLoopsOf(supplies_)) {
  const TrainedModel<Real>& model = trainer_->model();
  if (!model.isFinite(model.parameters)) throw Error("ERR_NON_FINITE", "the parameters of the network are not finite");
  trainer_->reserve(std::min(options().batchSize, epoch_.data().rows()), epoch_.data().targets->columns);
  if (probe_ && firstStep_ > 0) probe_->goOn(firstStep_);
  snapshot_->publish(model.parameters, model.network->parameterCount(), firstStep_);
  if (supplies_.isProbeDue()) phase_ = Phase::probeDue;
}

template <typename Real>
Job::Progress TrainingRun<Real>::advance(Team& team) noexcept {
  try {
    switch (phase_) {
      case Phase::training: return train(team);
      case Phase::walking: return walk(team);
      case Phase::validating: return validate(team);
      case Phase::probeDue: return beginProbe(team);
      case Phase::probing: return probe(team);
    }
    __builtin_unreachable();
  } catch (const std::bad_alloc&) {
    return fail("ERR_OUT_OF_RANGE", "there was not enough memory", steps() + 1);
  } catch (const std::exception& error) {
    return fail("ERR_INTERNAL", error.what(), steps() + 1);
  }
}

// Training.

/// Chooses what comes next: a probe that is due, steps, or the end.
template <typename Real>
Job::Progress TrainingRun<Real>::goOn() {
  if (!supplies_.isProbeDue() && isOver()) return beginEnding(statusNow());
  phase_ = supplies_.isProbeDue() ? Phase::probeDue : Phase::training;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::train(Team& team) {
  if (stopRequested()) return beginEnding(RunOutcome::Status::stopped);
  if (!records().hasNext()) return park();
  const auto begin = Clock::now();
  const bool isWithinStep = trainer_->isWithinStep();
  if (isWithinStep)
    epoch_.seconds() += std::chrono::duration<double>(begin - askedAt_).count();
  else if (!epoch_.isUnderWay())
    beginEpoch();
  StepLoop<Real>& loop = nextLoop();
  if (loop.needsRowsCaughtUp() && !std::exchange(haveRowsCaughtUp_, true)) return beginWalk(After::training);
  const Outcome outcome = loop.run(team, isWithinStep ? begin : begin + kSlice);  // steps with a custom loss: one
  const auto end = Clock::now();
  epoch_.seconds() += std::chrono::duration<double>(end - begin).count();
  report(RunProgress{epochsEnded_ + 1, steps() - firstStep_, epoch_.tally(), epoch_.seconds()});

  if (outcome == Outcome::failed) return fail(trainer_->result().failureCode, trainer_->result().failure, steps() + 1);
  if (outcome == Outcome::awaitsLoss) {
    askedAt_ = end;
    return askForLoss();
  }
  if (epoch_.isOver()) return onceCaughtUp(After::epoch);
  return pace_.isDue(end) ? beginPublication() : goOn();
}

template <typename Real>
void TrainingRun<Real>::beginEpoch() {
  if (epochsEnded_ == 0) trainer_->resume();
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
      restoreBest();
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
Job::Progress TrainingRun<Real>::beginPublication() {
  pace_.begin();
  if (parameters_.lags()) return beginForesight(After::publication, Foresight::evaluated);
  return endPublication(parameters_.current());
}

template <typename Real>
Job::Progress TrainingRun<Real>::endPublication(const Real* parameters) {
  return publish(parameters) ? goOn() : failToPublish();
}

/// Publishes parameters to evaluate with, if they are finite. Returns whether they are.
template <typename Real>
bool TrainingRun<Real>::publish(const Real* parameters) {
  if (!trainer_->model().isFinite(parameters)) return false;
  snapshot_->publish(parameters, trainer_->model().network->parameterCount(), steps());
  pace_.end();
  return true;
}

template <typename Real>
Job::Progress TrainingRun<Real>::failToPublish() {
  return fail("ERR_NON_FINITE", "the parameters to evaluate with became non-finite", steps());
}

// The end of an epoch.

/// After the last step of an epoch: publishes the parameters if they are finite (else the run fails), and begins the
/// validation, or ends the epoch if there is none.
template <typename Real>
Job::Progress TrainingRun<Real>::endSteps() {
  pace_.begin();
  if (!publish(parameters_.current())) return failToPublish();
  if (!validation_) return endEpoch({});
  validation_->restart();
  phase_ = Phase::validating;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::validate(Team& team) {
  if (stopRequested()) return beginEnding(RunOutcome::Status::stopped);
  if (validation_->finished()) return endEpoch(validation_->tally());  // with a custom loss
  const Real* const parameters = parameters_.current();
  validation_->setTeamSize(team.size());
  team.parallel([&](const Member& member) { validation_->advance(member, parameters); });
  if (validation_->awaitsLoss()) return askForLoss();
  return validation_->finished() ? endEpoch(validation_->tally()) : Progress::more;
}

template <typename Real>
void TrainingRun<Real>::useLoss(double mean) {
  phase_ == Phase::validating ? validation_->takeLoss(mean) : trainer_->takeLoss(mean);
}

template <typename Real>
Job::Progress TrainingRun<Real>::endEpoch(std::optional<Tally> validation) {
  ++epochsEnded_;
  EpochReport ended{
      options().firstEpoch + epochsEnded_, steps(), epoch_.tally(), std::move(validation), epoch_.seconds(),
      trainer_->counts().skipped};
  earlyStopping_.observe(ended, snapshot_->read());
  report(std::move(ended), earlyStopping_.state());
  return goOn();
}

// Probes of the curvature.

template <typename Real>
Job::Progress TrainingRun<Real>::beginProbe(Team& team) {
  if (stopRequested()) return beginEnding(statusNow());
  probe_->setTeamSize(team.size());
  return parameters_.lags() ? beginForesight(After::probe, Foresight::trained)
                            : startProbe(trainer_->model().parameters);
}

template <typename Real>
Job::Progress TrainingRun<Real>::startProbe(const Real* parameters) {
  probe_->begin(parameters);
  phase_ = Phase::probing;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::probe(Team& team) {
  if (stopRequested()) return beginEnding(statusNow());
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
  return onceCaughtUp(After::ending);
}

template <typename Real>
Job::Progress TrainingRun<Real>::fail(std::string_view code, const char* what, int64_t step) noexcept {
  ending_ = {RunOutcome::Status::failed, code, {}, step};
  std::strncpy(ending_.what, what, sizeof ending_.what - 1);  // a copy, as `what` may not outlive the call
  return onceCaughtUp(After::failure);
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
