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

}  // namespace

Run::Run(const RunOptions& options, size_t examples, size_t rowLength)
    : options_(options),
      totalSteps_(static_cast<int64_t>((examples + options.batchSize - 1) / options.batchSize * options.epochs)),
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

const double* Run::nextRow() {
  const std::lock_guard lock(mutex_);
  if (!options_.scheduled) return rows_.front().data();
  if (nextRow_ * rowLength_ == rows_.front().size()) {
    rows_.pop_front();
    nextRow_ = 0;
  }
  --rowsLeft_;
  if (rows_.size() == 1 && rowsSupplied_ < totalSteps_ && !std::exchange(askedForRows_, true))
    news_.wantsRows = tellsOfRows_ = true;
  return rows_.front().data() + nextRow_++ * rowLength_;
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
Optimizer<Real> TrainingRun<Real>::optimizerFor(const Network<Real>& network, const std::string& rule) {
  std::vector<typename Optimizer<Real>::Array> arrays;
  for (const TensorPlace& tensor : network.tensors()) arrays.push_back({tensor.size, tensor.decays ? 0u : 1u});
  return Optimizer<Real>(rule, std::move(arrays));
}

template <typename Real>
TrainingRun<Real>::TrainingRun(std::shared_ptr<const Network<Real>> network, Real* parameters,
                               std::shared_ptr<Snapshot<Real>> snapshot, Dataset data,
                               std::optional<Dataset> validation, RunOptions options)
    : Run(options, data.rows(), 2 * Optimizer<Real>(options.rule, {}).hyperparameterCount()),
      network_(std::move(network)),
      parameters_(parameters),
      snapshot_(std::move(snapshot)),
      data_(std::move(data)),
      sampler_(data_, options.order, options.seed),
      minibatch_(*network_, data_, options.scoring, std::min(options.batchSize, data_.rows()),
                 Layer<Real>::Use::training),
      optimizer_(optimizerFor(*network_, options.rule)),
      gradient_(network_->parameterCount()) {
  if (validation) validation_.emplace(network_, *std::move(validation), options.scoring);
  if (!publish()) throw Error("ERR_NON_FINITE", "the parameters of the network are not finite");
  for (size_t s = 0; s < optimizer_.stateCount(); ++s) stateSlabs_.emplace_back(network_->parameterCount());
  for (const TensorPlace& tensor : network_->tensors()) {
    gradients_.push_back(gradient_.data() + tensor.offset);
    tensors_.push_back(parameters_ + tensor.offset);
    for (Buffer<Real>& state : stateSlabs_) states_.push_back(state.data() + tensor.offset);
  }
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
  if (stopRequested()) return finish({RunOutcome::Status::stopped, "", ""});
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
      const double* const row = nextRow();
      hyperparameters_ = *std::max_element(row, row + rowLength());
      mayDivideByZero_ = optimizer_.epsilon(*kernels_, row) < std::numeric_limits<Real>::min();
      optimizer_.prepare(*kernels_, row, steps_ + 1);
      count_ = std::min(options_.batchSize, sampler_.size() - cursor_);
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
  minibatch_.forward(*kernels_, member, parameters_, sampler_.rows() + cursor_, count_);
  if (member.isFirst()) {
    batch_ = minibatch_.tally(count_);
    const double loss = batch_.meanLoss();
    if (!std::isfinite(loss)) failure_ = loss != loss ? "the loss became NaN" : "the loss became infinite";
  }
  minibatch_.backward(*kernels_, member, parameters_, count_, gradient_.data());

  const Range share = member.share(gradient_.size());
  const auto magnitudeOf = [&](const Real* values) {
    return kernels_->of<Real>().magnitude(values + share.begin, share.end - share.begin);
  };
  Real states = 0;
  if (mayOverflow_)  // states grow large by large steps only
    for (const Buffer<Real>& slab : stateSlabs_) states = std::max(states, magnitudeOf(slab.data()));
  magnitudes_[member.index()] = {magnitudeOf(gradient_.data()), magnitudeOf(parameters_), states};
  member.barrier();
  if (member.isFirst()) {
    Magnitudes largest{};
    for (const Magnitudes& m : magnitudes_)
      largest = {std::max(largest.gradient, m.gradient), std::max(largest.parameters, m.parameters),
                 std::max(largest.states, m.states)};
    if (!std::isfinite(largest.gradient) && failure_.empty()) failure_ = "the gradient became non-finite";
    const double size = std::max<double>({largest.gradient, largest.parameters, largest.states, hyperparameters_});
    mayOverflow_ = failure_.empty() && (mayDivideByZero_ || size > kExploding);
  }
  member.barrier();
  if (!failure_.empty() || mayOverflow_) return false;
  update(member);
  return true;
}

template <typename Real>
void TrainingRun<Real>::countStep() {
  ++steps_;
  cursor_ += count_;
  tally_ = {tally_.loss + batch_.loss, tally_.correct + batch_.correct, tally_.examples + batch_.examples};
}

template <typename Real>
void TrainingRun<Real>::update(const Member& member) {
  optimizer_.update(*kernels_, member, options_.maximize ? Real(-1) : Real(1),
                    {gradients_.data(), tensors_.data(), states_.data()});
}

template <typename Real>
Job::Progress TrainingRun<Real>::validateSlice(Team& team) {
  if (stopRequested()) return finish({RunOutcome::Status::stopped, "", ""});
  team.parallel([&](const Member& member) { validation_->advance(*kernels_, member, parameters_); });
  if (!validation_->finished()) return Progress::more;
  validating_ = false;
  return endEpoch(validation_->tally());
}

template <typename Real>
Job::Progress TrainingRun<Real>::endEpoch(std::optional<Tally> validation) {
  ++epoch_;
  report(EpochReport{epoch_, steps_, tally_, std::move(validation), seconds_});
  if (epoch_ < options_.epochs) return Progress::more;
  return finish({RunOutcome::Status::completed, "", ""});
}

template <typename Real>
Job::Progress TrainingRun<Real>::fail(std::string what, int64_t step) {
  int64_t kept = steps_;
  if (!hasFiniteParameters()) {
    const auto last = snapshot_->read();
    std::copy_n(last->parameters.data(), network_->parameterCount(), parameters_);
    kept = last->step;
  }
  return finish({RunOutcome::Status::failed, "ERR_NON_FINITE",
                 what + " at step " + std::to_string(step) + " (epoch " + std::to_string(epoch_ + 1) +
                     "); parameters are as after step " + std::to_string(kept) + ". Try a smaller learningRate."});
}

template <typename Real>
bool TrainingRun<Real>::hasFiniteParameters() const {
  return std::isfinite(kernels_->of<Real>().magnitude(parameters_, network_->parameterCount()));
}

/// Publishes the parameters, if they are finite.
template <typename Real>
bool TrainingRun<Real>::publish() {
  const auto begin = Clock::now();
  if (!hasFiniteParameters()) return false;
  snapshot_->publish(parameters_, network_->parameterCount(), steps_);
  const auto end = Clock::now();
  nextPublication_ = end + std::max<Clock::duration>(kPublishingPause, kPublishingShare * (end - begin));
  return true;
}

template class TrainingRun<float>;
template class TrainingRun<double>;

}  // namespace glissade
