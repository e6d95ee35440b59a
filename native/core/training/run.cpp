#include "training/run.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
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
// Where a gradient, a parameter, a state or a hyperparameter is beyond this, the parameters may overflow in a step:
// they are published before it, and looked at after it. (Rules multiply up to three of them.)
constexpr double kExploding = 1e12;

constexpr size_t ceilDivide(size_t x, size_t divisor) { return (x + divisor - 1) / divisor; }

}  // namespace

Run::Run(const RunOptions& options, size_t examples, size_t rowLength)
    : options_(options),
      totalSteps_(static_cast<int64_t>(ceilDivide(ceilDivide(examples, options.batchSize), options.accumulate) *
                                       options.epochs)),
      rowLength_(rowLength) {}

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

const double* Run::row() {
  const std::lock_guard lock(mutex_);
  if (!options_.scheduled) return rows_.front().data();
  if (nextRow_ * rowLength_ == rows_.front().size()) {
    rows_.pop_front();
    nextRow_ = 0;
  }
  if (rows_.size() == 1 && rowsSupplied_ < totalSteps_ && !std::exchange(askedForRows_, true))
    news_.wantsRows = tellsOfRows_ = true;
  return rows_.front().data() + nextRow_ * rowLength_;
}

void Run::useRow() {
  const std::lock_guard lock(mutex_);
  if (!options_.scheduled) return;
  --rowsLeft_;
  ++nextRow_;
}

RunProgress Run::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

RunNews Run::takeNews() {
  const std::lock_guard lock(mutex_);
  RunNews news = news_;
  news_.epochs.clear();
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

Job::Progress Run::finish(RunOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    news_.outcome = std::move(outcome);
  }
  listener_(true);
  return Progress::done;
}

template <typename Real>
auto TrainingRun<Real>::arraysOf(const Network<Real>& network, const RunOptions& options) -> std::vector<Parameter> {
  std::vector<Parameter> arrays;
  for (size_t i = 0; i < network.tensors().size(); ++i)
    arrays.push_back({network.tensors()[i].shape, options.tensors[i].group, options.tensors[i].frozen});
  return arrays;
}

template <typename Real>
TrainingRun<Real>::TrainingRun(std::shared_ptr<const Network<Real>> network, Real* parameters,
                               std::shared_ptr<Snapshot<Real>> snapshot, Dataset data,
                               std::optional<Dataset> validation, RunOptions options)
    : Run(options, data.rows(), Optimizer<Real>(options.optimizer, arraysOf(*network, options)).rowLength()),
      network_(std::move(network)),
      parameters_(parameters),
      snapshot_(std::move(snapshot)),
      data_(std::move(data)),
      sampler_(data_, options.order, options.seed),
      minibatch_(*network_, data_, options.scoring, std::min(options.batchSize, data_.rows()),
                 Layer<Real>::Use::training),
      optimizer_(options.optimizer, arraysOf(*network_, options)),
      gradient_(network_->parameterCount()),
      state_(optimizer_.state().bytes()) {
  if (validation) validation_.emplace(network_, *std::move(validation), options.scoring);
  for (const TensorPlace& tensor : network_->tensors()) {
    gradients_.push_back({gradient_.data() + tensor.offset});
    tensors_.push_back(parameters_ + tensor.offset);
  }
  if (optimizer_.looksAhead() || options.sharpens) {
    point_ = Buffer<Real>(network_->parameterCount());
    points_ = tensorsIn(point_);
  }
  if (optimizer_.hasEvaluation()) {
    evaluated_ = Buffer<Real>(network_->parameterCount());
    evaluatedTensors_ = tensorsIn(evaluated_);
  }
  if (!isFinite(parameters_)) throw Error("ERR_NON_FINITE", "the parameters of the network are not finite");
  snapshot_->publish(parameters_, network_->parameterCount(), steps_);
}

template <typename Real>
std::vector<Real*> TrainingRun<Real>::tensorsIn(Buffer<Real>& slab) const {
  std::vector<Real*> tensors;
  for (const TensorPlace& tensor : network_->tensors()) tensors.push_back(slab.data() + tensor.offset);
  return tensors;
}

template <typename Real>
Job::Progress TrainingRun<Real>::advance(Team& team) noexcept {
  try {
    return validating_ ? validateSlice(team) : trainSlice(team);
  } catch (const std::exception& error) {
    return finish({RunOutcome::Status::failed, "ERR_INTERNAL", error.what()});
  }
}

template <typename Real>
Job::Progress TrainingRun<Real>::trainSlice(Team& team) {
  if (stopRequested()) return settle(RunOutcome::Status::stopped);
  if (!canStep()) return park();
  const auto begin = Clock::now();
  if (cursor_ == 0) {
    sampler_.startEpoch(epoch_);
    tally_ = {};
    seconds_ = 0;
  }
  going_ = true;
  team.parallel([&](const Member& member) { trainUntil(member, begin + kSlice); });
  if (mayOverflow_) {
    publish();
    team.parallel([&](const Member& member) { update(member); });
    countStep();
  }
  const auto end = Clock::now();
  seconds_ += std::chrono::duration<double>(end - begin).count();
  report(RunProgress{epoch_ + 1, steps_, tally_, seconds_});

  if (!failure_.empty()) return fail(failure_, steps_ + 1);
  const bool epochEnds = cursor_ == sampler_.size();
  if ((epochEnds || mayOverflow_ || end > nextPublication_) && !publish())
    return fail("the parameters became non-finite", steps_);
  if (!epochEnds) return Progress::more;
  cursor_ = 0;
  if (!validation_) return endEpoch({});
  validation_->restart();
  validating_ = true;
  return Progress::more;
}

template <typename Real>
void TrainingRun<Real>::trainUntil(const Member& member, Clock::time_point deadline) {
  do {
    if (member.isFirst()) {
      row_ = row();
      hyperparameters_ = *std::max_element(row_, row_ + rowLength());
      mayDivideByZero_ = optimizer_.epsilon(*kernels_, row_) < std::numeric_limits<Real>::min();
      count_ = std::min(options_.batchSize, sampler_.size() - cursor_);
      isLast_ = waiting_ + 1 >= options_.accumulate || cursor_ + count_ == sampler_.size();
      skips_ = false;
      magnitudes_.resize(member.count());
    }
    member.barrier();
    const bool stepped = step(member);
    if (member.isFirst()) {
      if (stepped) countStep();
      going_ = stepped && cursor_ < sampler_.size() && !stopRequested() && Clock::now() < deadline && canStep();
    }
    member.barrier();
  } while (going_);
}

/// One step, or none where the loss or its gradient is not finite, or where mayOverflow_ says that the parameters are
/// to be published first: then nothing has changed.
template <typename Real>
bool TrainingRun<Real>::step(const Member& member) {
  auto ahead = lent();
  if (optimizer_.looksAhead()) {
    optimizer_.lookahead(*kernels_, member, row_, ahead, points_.data());
    ahead.parameters = points_.data();
    member.barrier();
  }
  findGradient(member, optimizer_.looksAhead() ? point_.data() : parameters_);
  if (options_.sharpens) {
    const Tally atStart = batch_;
    optimizer_.worstPoint(*kernels_, member, row_, ahead, points_.data());
    member.barrier();
    findGradient(member, point_.data());
    if (member.isFirst()) batch_ = atStart;
  }
  checkSizes(member);
  if (skips_ && !closes_) return true;
  if (closes_) {
    const Range share = member.share(gradient_.size());
    std::fill(gradient_.data() + share.begin, gradient_.data() + share.end, Real(0));
    member.barrier();
  }
  if (!failure_.empty() || mayOverflow_) return false;
  update(member);
  return true;
}

/// The gradient of the minibatch's loss with respect to parameters at a point.
template <typename Real>
void TrainingRun<Real>::findGradient(const Member& member, const Real* point) {
  minibatch_.forward(*kernels_, member, point, sampler_.rows() + cursor_, count_);
  if (member.isFirst()) {
    batch_ = minibatch_.tally(count_);
    const double loss = batch_.meanLoss();
    if (!std::isfinite(loss)) failure_ = loss != loss ? "the loss became NaN" : "the loss became infinite";
  }
  minibatch_.backward(*kernels_, member, point, count_, gradient_.data());
}

/// Whether the step can be taken as it is.
template <typename Real>
void TrainingRun<Real>::checkSizes(const Member& member) {
  const Range share = member.share(gradient_.size());
  const auto magnitudeOf = [&](const Real* values) {
    return kernels_->of<Real>().magnitude(values + share.begin, share.end - share.begin);
  };
  const Real states =  // they grow large by large steps only
      mayOverflow_ ? optimizer_.largestState(*kernels_, member, state_.data()) : Real(0);
  magnitudes_[member.index()] = {magnitudeOf(gradient_.data()), magnitudeOf(parameters_), states};
  member.barrier();
  if (member.isFirst()) {
    Magnitudes largest{};
    for (const Magnitudes& m : magnitudes_)
      largest = {std::max(largest.gradient, m.gradient), std::max(largest.parameters, m.parameters),
                 std::max(largest.states, m.states)};
    if (!std::isfinite(largest.gradient) && failure_.empty()) failure_ = "the gradient became non-finite";
    skips_ = !failure_.empty() && options_.skipsNonFinite;
    if (skips_) {
      failure_.clear();
      largest.gradient = 0;
    }
    closes_ = skips_ && waiting_ > 0 && cursor_ + count_ == sampler_.size();
    const double size = std::max<double>({largest.gradient, largest.parameters, largest.states, hyperparameters_});
    mayOverflow_ = failure_.empty() && (!skips_ || closes_) && isLast_ && (mayDivideByZero_ || size > kExploding);
  }
  member.barrier();
}

template <typename Real>
void TrainingRun<Real>::countStep() {
  cursor_ += count_;
  if (skips_) {
    ++skipped_;
    if (!closes_) return;
  } else {
    tally_ = {tally_.loss + batch_.loss, tally_.correct + batch_.correct, tally_.examples + batch_.examples};
    ++waiting_;
  }
  if (!isLast_) return;
  waiting_ = 0;
  ++steps_;
  useRow();
}

template <typename Real>
void TrainingRun<Real>::update(const Member& member) {
  optimizer_.step(*kernels_, member, row_, closes_ ? 0 : static_cast<double>(count_), isLast_, lent());
}

template <typename Real>
Job::Progress TrainingRun<Real>::validateSlice(Team& team) {
  if (stopRequested()) return settle(RunOutcome::Status::stopped);
  const Real* const parameters = evaluated();
  team.parallel([&](const Member& member) { validation_->advance(*kernels_, member, parameters); });
  if (!validation_->finished()) return Progress::more;
  validating_ = false;
  return endEpoch(validation_->tally());
}

template <typename Real>
Job::Progress TrainingRun<Real>::endEpoch(std::optional<Tally> validation) {
  ++epoch_;
  report(EpochReport{epoch_, steps_, tally_, std::move(validation), seconds_, skipped_});
  if (epoch_ < options_.epochs) return Progress::more;
  return settle(RunOutcome::Status::completed);
}

/// Ends with the parameters that the model is to be evaluated with.
template <typename Real>
Job::Progress TrainingRun<Real>::settle(RunOutcome::Status status) {
  const Real* const parameters = evaluated();
  if (parameters != parameters_) std::copy_n(parameters, network_->parameterCount(), parameters_);
  return finish({status, "", ""});
}

/// The parameters that the model is to be evaluated with, as they are now.
template <typename Real>
const Real* TrainingRun<Real>::evaluated() {
  if (!optimizer_.hasEvaluation()) return parameters_;
  if (evaluatedAt_ != steps_) optimizer_.evaluation(*kernels_, Member(0, 1), row_, lent(), evaluatedTensors_.data());
  evaluatedAt_ = steps_;
  return evaluated_.data();
}

template <typename Real>
Job::Progress TrainingRun<Real>::fail(std::string what, int64_t step) {
  int64_t kept = steps_;
  if (!isFinite(parameters_)) {
    const auto last = snapshot_->read();
    std::copy_n(last->parameters.data(), network_->parameterCount(), parameters_);
    kept = last->step;
  }
  return finish({RunOutcome::Status::failed, "ERR_NON_FINITE",
                 what + " at step " + std::to_string(step) + " (epoch " + std::to_string(epoch_ + 1) +
                     "); parameters are as after step " + std::to_string(kept) + ". Try a smaller learningRate."});
}

template <typename Real>
bool TrainingRun<Real>::isFinite(const Real* parameters) const {
  return std::isfinite(kernels_->of<Real>().magnitude(parameters, network_->parameterCount()));
}

/// Publishes the parameters, if they are finite.
template <typename Real>
bool TrainingRun<Real>::publish() {
  const auto begin = Clock::now();
  const Real* const parameters = evaluated();
  if (!isFinite(parameters_) || (parameters != parameters_ && !isFinite(parameters))) return false;
  snapshot_->publish(parameters, network_->parameterCount(), steps_);
  const auto end = Clock::now();
  nextPublication_ = end + std::max<Clock::duration>(kPublishingPause, kPublishingShare * (end - begin));
  return true;
}

template class TrainingRun<float>;
template class TrainingRun<double>;

}  // namespace glissade
