#include "training/run.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

using namespace std::chrono_literals;

// Long enough for a parallel region's cost to vanish, short enough for others to wait it out.
constexpr auto kSlice = 1ms;
// Publishing the parameters takes at most this share of the time.
constexpr int kPublishingShare = 50;
constexpr auto kPublishingPause = 50ms;
// How many single examples are taken before the clock is looked at: by one thread, or shared by a team.
constexpr size_t kFewSingles = 64, kManySingles = 4096;

/// Each epoch ends with a step, the first one begins with what waits for it.
template <typename Real>
int64_t stepsOf(const Trainer<Real>& trainer, size_t examples, const RunOptions& options) {
  const size_t minibatches = ceilingOf(examples, options.batchSize), accumulate = trainer.options().accumulate;
  return static_cast<int64_t>(ceilingOf(trainer.counts().waiting + minibatches, accumulate) +
                              ceilingOf(minibatches, accumulate) * (options.epochs - 1));
}

}  // namespace

Run::Run(const RunOptions& options, int64_t totalSteps, size_t rowLength)
    : options_(options), totalSteps_(totalSteps), rowLength_(rowLength) {}

void Run::start(Listener listener) {
  listener_ = std::move(listener);
  Engine::instance().submit(shared_from_this());
}

void Run::stop() {
  stopRequested_ = true;
  resume();
}

void Run::supply(std::vector<double> rows) {
  {
    const std::lock_guard lock(mutex_);
    rowsLeft_ += rows.size() / rowLength_;
    rowsSupplied_ += static_cast<int64_t>(rows.size() / rowLength_);
    rows_.push_back(std::move(rows));
    askedForRows_ = false;
  }
  resume();
}

void Run::resume() {
  const bool wasParked = [&] {
    const std::lock_guard lock(mutex_);
    return std::exchange(parked_, false);
  }();
  if (wasParked) Engine::instance().submit(shared_from_this());
}

Job::Progress Run::park() {
  const std::lock_guard lock(mutex_);
  if (rowsLeft_ > 0 || stopRequested()) return Progress::more;
  parked_ = true;
  return Progress::parked;
}

bool Run::canStep() {
  const std::lock_guard lock(mutex_);
  return rowsLeft_ > 0;
}

auto Run::rows(size_t most) -> Rows {
  const std::lock_guard lock(mutex_);
  if (!options_.scheduled) return {rows_.front().data(), most, 0};
  if (nextRow_ * rowLength_ == rows_.front().size()) {
    rows_.pop_front();
    nextRow_ = 0;
  }
  if (rows_.size() == 1 && rowsSupplied_ < totalSteps_ && !std::exchange(askedForRows_, true))
    news_.wantsRows = tellsOfRows_ = true;
  const size_t left = rows_.front().size() / rowLength_ - nextRow_;
  return {rows_.front().data() + nextRow_ * rowLength_, std::min(most, left), rowLength_};
}

void Run::useRows(size_t count) {
  const std::lock_guard lock(mutex_);
  if (!options_.scheduled) return;
  rowsLeft_ -= count;
  nextRow_ += count;
}

RunProgress Run::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

RunNews Run::takeNews() {
  const std::lock_guard lock(mutex_);
  RunNews news = news_;
  news_.epochs.clear();
  news_.curvature.clear();
  news_.wantsRows = false;
  return news;
}

void Run::report(const RunProgress& progress) {
  bool tells;
  {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
    tells = std::exchange(tellsOfRows_, false);
  }
  if (tells) listener_(false);
}

void Run::report(EpochReport epoch) {
  {
    const std::lock_guard lock(mutex_);
    news_.epochs.push_back(std::move(epoch));
  }
  listener_(false);
}

void Run::report(const CurvatureReport& curvature) {
  {
    const std::lock_guard lock(mutex_);
    news_.curvature.push_back(curvature);
  }
  listener_(false);
}

Job::Progress Run::finish(RunOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    news_.outcome = std::move(outcome);
  }
  listener_(true);
  return Progress::done;
}

template <typename Real>
TrainingRun<Real>::TrainingRun(std::shared_ptr<Trainer<Real>> trainer, std::shared_ptr<Snapshot<Real>> snapshot,
                               Dataset data, std::optional<Evaluation<Real>> validation,
                               std::optional<CurvatureProbe<Real>> probe, RunOptions options)
    : Run(options, stepsOf(*trainer, data.rows(), options), trainer->model().recordLength()),
      trainer_(std::move(trainer)),
      snapshot_(std::move(snapshot)),
      data_(std::move(data)),
      sampler_(data_, options.order, options.seed, options.batchSize),
      validation_(std::move(validation)),
      probe_(std::move(probe)),
      firstStep_(trainer_->counts().steps) {
  if (sampler_.drawsByWeight()) data_.weights = nullptr;  // they are in the frequencies of rows already
  if (!trainer_->model().isFinite(trainer_->model().parameters))
    throw Error("ERR_NON_FINITE", "the parameters of the network are not finite");
  trainer_->reserve(std::min(options.batchSize, data_.rows()));
  if (probe_ && firstStep_ > 0) probe_->goOn(firstStep_);
  snapshot_->publish(trainer_->model().parameters, trainer_->model().network->parameterCount(), firstStep_);
}

template <typename Real>
Job::Progress TrainingRun<Real>::advance(Team& team) noexcept {
  try {
    if (after_ != After::nothing) return walkSlice(team);
    if (validating_) return validateSlice(team);
    return probeIsDue() ? probeSlice(team) : trainSlice(team);
  } catch (const std::bad_alloc&) {
    return fail("ERR_OUT_OF_RANGE", "there was not enough memory", trainer_->counts().steps + 1);
  } catch (const std::exception& error) {
    return fail("ERR_INTERNAL", error.what(), trainer_->counts().steps + 1);
  }
}

template <typename Real>
Job::Progress TrainingRun<Real>::trainSlice(Team& team) {
  using Outcome = typename Trainer<Real>::Outcome;
  if (stopRequested()) return settle(RunOutcome::Status::stopped);
  if (!canStep()) return park();
  const auto begin = Clock::now();
  if (cursor_ == 0) {
    if (epoch_ == 0) trainer_->resume();
    sampler_.startEpoch(options_.firstEpoch + epoch_);
    tally_ = {};
    seconds_ = 0;
  }
  trainer_->employ(team.size());
  const bool singly = options_.batchSize == 1 && trainer_->singleSteps(rows(1).first);
  if (singly && !std::exchange(startedRows_, true)) {
    trainer_->evaluation().beginCatchUp();
    return walkTo(After::start, &EvaluationParameters<Real>::catchUp);
  }
  if (singly)
    trainSingly(team, begin + kSlice);
  else
    team.parallel([&](const Member& member) { trainUntil(member, begin + kSlice); });
  const auto end = Clock::now();
  seconds_ += std::chrono::duration<double>(end - begin).count();
  report(RunProgress{epoch_ + 1, trainer_->counts().steps - firstStep_, tally_, seconds_});

  if (outcome_ == Outcome::failed)
    return fail(trainer_->result().failureCode, trainer_->result().failure, trainer_->counts().steps + 1);
  if (cursor_ == sampler_.size()) return whenCaughtUp(After::pass);
  return end > nextPublication_ ? beginPublication() : Progress::more;
}

/// After the last step of an epoch.
template <typename Real>
Job::Progress TrainingRun<Real>::endOfPass() {
  publishingSince_ = Clock::now();
  if (publish(trainer_->evaluation().current()) == Progress::done) return Progress::done;
  cursor_ = 0;
  if (!validation_) return endEpoch({});
  validation_->restart();
  validating_ = true;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::whenCaughtUp(After after) {
  if (!trainer_->evaluation().lags()) return follow(after);
  trainer_->evaluation().beginCatchUp();
  return walkTo(after, &EvaluationParameters<Real>::catchUp);
}

template <typename Real>
Job::Progress TrainingRun<Real>::walkTo(After after, Walk walk) {
  after_ = after;
  walk_ = walk;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::follow(After after) {
  switch (after) {
    case After::pass: return endOfPass();
    case After::ending: trainer_->pause(); return finish({ending_.status, "", ""});
    case After::failure: return tellFailure();
    case After::publication: return publish(trainer_->evaluation().foreseen());
    case After::probe: return beginProbe(trainer_->evaluation().foreseen());
    default: return Progress::more;
  }
}

template <typename Real>
Job::Progress TrainingRun<Real>::walkSlice(Team& team) {
  if (stopRequested() && (after_ == After::publication || after_ == After::probe)) {
    after_ = After::nothing;  // nobody waits for what it would find
    return Progress::more;
  }
  const auto deadline = Clock::now() + kSlice;
  bool isLeft = false;
  team.parallel([&](const Member& member) {
    do {
      const bool more = (trainer_->evaluation().*walk_)(member);
      if (member.isFirst()) {
        isLeft = more;
        going_ = more && Clock::now() < deadline;
      }
      member.barrier();
    } while (going_);
  });
  return isLeft ? Progress::more : follow(std::exchange(after_, After::nothing));
}

template <typename Real>
void TrainingRun<Real>::trainUntil(const Member& member, Clock::time_point deadline) {
  using Outcome = typename Trainer<Real>::Outcome;
  if (member.isFirst()) prepare(member);
  member.barrier();
  do {
    const Outcome outcome = trainer_->step(member);
    if (member.isFirst()) {
      outcome_ = outcome;
      if (outcome != Outcome::failed) conclude();
      going_ = outcome != Outcome::failed && cursor_ < sampler_.size() && !probeIsDue() && !stopRequested() &&
               Clock::now() < deadline && canStep();
      if (going_) prepare(member);
    }
    member.barrier();
  } while (going_);
}

/// Single examples, each of which is little work: by this thread, or, under hogwild, by all.
template <typename Real>
void TrainingRun<Real>::trainSingly(Team& team, Clock::time_point deadline) {
  const size_t most = options_.hogwild ? kManySingles : kFewSingles;
  do {
    size_t wanted = trainer_->counts().steps == 0 ? 1 : std::min(most, sampler_.size() - cursor_);
    if (probe_) wanted = std::min(wanted, probe_->stepsLeft(trainer_->counts().steps));
    const Rows given = rows(wanted);
    size_t fitting = given.stride == 0 && trainer_->singleSteps(given.first) ? given.count : 0;
    while (given.stride > 0 && fitting < given.count && trainer_->singleSteps(given.first + fitting * given.stride))
      ++fitting;
    const Singles examples{&data_, sampler_.rows() + cursor_, {given.first, fitting, given.stride}};
    const size_t taken = fitting == 0 ? 0 : takeSingly(team, examples);
    cursor_ += taken;
    useRows(taken);
    outcome_ = Trainer<Real>::Outcome::stepped;
    if (taken < given.count) {
      // One that can't be taken like that.
      const Member alone(0, 1);
      prepare(alone);
      outcome_ = trainer_->step(alone);
      if (outcome_ != Trainer<Real>::Outcome::failed) conclude();
    }
    going_ = outcome_ != Trainer<Real>::Outcome::failed && cursor_ < sampler_.size() && !probeIsDue() &&
             !stopRequested() && Clock::now() < deadline && canStep();
  } while (going_);
}

/// Takes steps on examples in turn, up to one that can't be taken like that; returns how many.
template <typename Real>
size_t TrainingRun<Real>::takeSingly(Team& team, const Singles& examples) {
  const int64_t first = trainer_->counts().steps + 1;
  LinearSteps<Real>& steps = *trainer_->singleSteps(examples.records[0]);
  if (!options_.hogwild || examples.count() < kFewSingles) {
    steps.reserve(1, data_);
    trainer_->evaluation().catchUpAlone();  // after a step on a minibatch; the run has brought rows up to date before
    const size_t taken = steps.take(0, examples, first, tally_);
    steps.conclude(examples, taken);
    return taken;
  }
  // Each member goes on by itself; where one meets an example that it must leave, the rest of its part waits for that.
  // All memory first: once members take steps, there is no way back.
  std::vector<Tally> tallies(team.size());
  std::vector<Range> left(team.size());
  std::vector<uint32_t> order;
  order.reserve(examples.count());
  steps.reserve(team.size(), data_);
  trainer_->evaluation().catchUpAlone();
  team.parallel([&](const Member& member) {
    const Range share = member.share(examples.count());
    const size_t taken = steps.take(member.index(), examples.from(share.begin, share.end),
                                    first + static_cast<int64_t>(share.begin), tallies[member.index()]);
    left[member.index()] = {share.begin + taken, share.end};
  });
  for (const Tally& tally : tallies) tally_.add(tally);
  // What is left is taken in turn by the caller: it comes last in the order of this epoch.
  for (const Range& rest : left) order.insert(order.end(), examples.rows + rest.begin, examples.rows + rest.end);
  const size_t taken = examples.count() - order.size();
  steps.conclude(examples, taken);
  sampler_.replace(cursor_ + taken, order);
  return taken;
}

template <typename Real>
void TrainingRun<Real>::prepare(const Member& member) {
  count_ = std::min(options_.batchSize, sampler_.size() - cursor_);
  trainer_->prepare(member, {&data_, sampler_.rows() + cursor_, count_, cursor_ + count_ == sampler_.size()},
                    rows(1).first);
}

template <typename Real>
void TrainingRun<Real>::conclude() {
  cursor_ += count_;
  if (!trainer_->result().isSkipped) tally_.add(trainer_->result().tally);
  if (trainer_->conclude()) useRows(1);
}

template <typename Real>
Job::Progress TrainingRun<Real>::validateSlice(Team& team) {
  if (stopRequested()) return settle(RunOutcome::Status::stopped);
  const Real* const parameters = trainer_->evaluation().current();
  validation_->employ(team.size());
  team.parallel([&](const Member& member) { validation_->advance(member, parameters); });
  if (!validation_->finished()) return Progress::more;
  validating_ = false;
  return endEpoch(validation_->tally());
}

template <typename Real>
Job::Progress TrainingRun<Real>::endEpoch(std::optional<Tally> validation) {
  ++epoch_;
  report(EpochReport{options_.firstEpoch + epoch_, trainer_->counts().steps, tally_, std::move(validation), seconds_,
                     trainer_->counts().skipped});
  return goOn();
}

template <typename Real>
Job::Progress TrainingRun<Real>::beginProbe(const Real* parameters) {
  probe_->begin(parameters);
  probing_ = true;
  return Progress::more;
}

template <typename Real>
Job::Progress TrainingRun<Real>::probeSlice(Team& team) {
  const bool isOver = epoch_ == options_.epochs;
  if (stopRequested()) return settle(isOver ? RunOutcome::Status::completed : RunOutcome::Status::stopped);
  if (!probing_) {
    probe_->employ(team.size());
    if (trainer_->evaluation().lags()) {
      trainer_->evaluation().beginForesight(EvaluationParameters<Real>::Foresight::trained);
      return walkTo(After::probe, &EvaluationParameters<Real>::foresee);
    }
    return beginProbe(trainer_->model().parameters);
  }
  team.parallel([&](const Member& member) {
    const bool more = probe_->advance(member);
    if (member.isFirst()) probing_ = more;
  });
  if (probing_) return Progress::more;
  probe_->goOn(trainer_->counts().steps);
  report(CurvatureReport{options_.firstEpoch + epoch_, trainer_->counts().steps, probe_->found()});
  return goOn();
}

/// After an epoch, or a look at the curvature.
template <typename Real>
Job::Progress TrainingRun<Real>::goOn() {
  if (epoch_ < options_.epochs || probeIsDue()) return Progress::more;
  return settle(RunOutcome::Status::completed);
}

template <typename Real>
Job::Progress TrainingRun<Real>::settle(RunOutcome::Status status) {
  ending_.status = status;
  return whenCaughtUp(After::ending);
}

template <typename Real>
Job::Progress TrainingRun<Real>::fail(std::string_view code, const char* what, int64_t step) noexcept {
  ending_ = {RunOutcome::Status::failed, code, {}, step};
  std::strncpy(ending_.what, what, sizeof ending_.what - 1);  // which may not outlive the call
  return whenCaughtUp(After::failure);
}

template <typename Real>
Job::Progress TrainingRun<Real>::tellFailure() noexcept {
  const int64_t kept = trainer_->counts().steps;
  const auto& [status, code, what, step] = ending_;
  RunOutcome outcome{status, code, {}};
  const auto attempt = [](auto work) {  // there may be no memory for it
    try {
      work();
      return true;
    } catch (const std::bad_alloc&) {
      return false;
    }
  };
  attempt([&] { trainer_->pause(); });
  attempt([&] { snapshot_->publish(trainer_->model().parameters, trainer_->model().network->parameterCount(), kept); });
  const bool isTold = attempt([&] {
    outcome.message = std::string(what) + " at step " + std::to_string(step) + " (epoch " +
                      std::to_string(options_.firstEpoch + epoch_ + 1) + "); parameters are as after step " +
                      std::to_string(kept) + (code == "ERR_NON_FINITE" ? ". Try a smaller learningRate." : ".");
  });
  if (!isTold) outcome.message = "out of memory";  // so short that a string has room for it
  return finish(std::move(outcome));
}

/// Publishes the parameters that the model is to be evaluated with, in the midst of an epoch.
template <typename Real>
Job::Progress TrainingRun<Real>::beginPublication() {
  publishingSince_ = Clock::now();
  if (!trainer_->evaluation().lags()) return publish(trainer_->evaluation().current());
  trainer_->evaluation().beginForesight(EvaluationParameters<Real>::Foresight::evaluated);
  return walkTo(After::publication, &EvaluationParameters<Real>::foresee);
}

/// Publishes parameters, if they are finite; else the run fails.
template <typename Real>
Job::Progress TrainingRun<Real>::publish(const Real* parameters) {
  if (!trainer_->model().isFinite(parameters))
    return fail("ERR_NON_FINITE", "the parameters to evaluate with became non-finite", trainer_->counts().steps);
  snapshot_->publish(parameters, trainer_->model().network->parameterCount(), trainer_->counts().steps);
  const auto end = Clock::now();
  nextPublication_ = end + std::max<Clock::duration>(kPublishingPause, kPublishingShare * (end - publishingSince_));
  return Progress::more;
}

template class TrainingRun<float>;
template class TrainingRun<double>;

}  // namespace glissade
