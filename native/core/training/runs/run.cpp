#include "training/runs/run.h"

#include <utility>

namespace glissade {

Run::Run(const RunOptions& options, int64_t totalSteps, size_t recordLength)
    : options_(options),
      totalSteps_(totalSteps),
      records_(options, totalSteps, recordLength),
      holdsAtEpochs_(options.holdsAtEpochs) {}

void Run::start(Listener listener, Asker asker) {
  listener_ = std::move(listener);
  asker_ = std::move(asker);
  // The run doesn't end before these calls have returned.
  if (options_.checkpoints) options_.checkpoints->listen([this](const auto& result) { report(result); });
  Engine::instance().submit(shared_from_this());
}

void Run::stop() {
  stopRequested_ = true;
  resume();
}

void Run::giveUp() {
  isGivenUp_ = true;
  stop();
}

void Run::abandon() {
  if (options_.checkpoints) options_.checkpoints->close();
  giveUp();
}

void Run::supply(std::vector<double> records, size_t epochsEnded) {
  records_.add(std::move(records), epochsEnded);
  resume();
}

bool Run::request(StepRequest request) {
  records_.expectOneMore();
  if (!requests_.add(std::move(request))) return false;
  resume();
  return true;
}

void Run::holdAtEpochs() {
  const std::lock_guard lock(mutex_);
  holdsAtEpochs_ = true;
}

void Run::goOn(size_t epoch) {
  {
    const std::lock_guard lock(mutex_);
    if (heldAt_ > epoch) return;
    heldAt_ = 0;
  }
  resume();
}

void Run::runThrough() {
  {
    const std::lock_guard lock(mutex_);
    holdsAtEpochs_ = false;
    heldAt_ = 0;
  }
  resume();
}

bool Run::awaitsLoss() const {
  const std::lock_guard lock(mutex_);
  return awaitsLoss_;
}

void Run::takeLoss(double mean) {
  if (!awaitsLoss()) return;
  useLoss(mean);
  resumeWithLoss();
}

std::optional<uint64_t> Run::dropRequest() {
  if (!awaitsLoss()) return {};
  const std::optional<uint64_t> id = giveUpRequest();
  if (id) resumeWithLoss();
  return id;
}

/// Lets the run go on that has got its loss, or no longer needs it.
void Run::resumeWithLoss() {
  {
    const std::lock_guard lock(mutex_);
    awaitsLoss_ = false;
  }
  resume();
}

/// Puts a parked run back into the engine's queue, to test again what it waits for. A run that awaits a loss goes back
/// only to stop.
void Run::resume() {
  const bool wasParked = [&] {
    const std::lock_guard lock(mutex_);
    if (awaitsLoss_ && !stopsAtOnce()) return false;
    awaitsLoss_ = false;
    return std::exchange(parked_, false);
  }();
  if (wasParked) Engine::instance().submit(shared_from_this());
}

template <typename Condition>
Job::Progress Run::parkUntil(Condition isMet) {
  // Under the lock, so that what comes after the test finds the run parked and resumes it.
  const std::lock_guard lock(mutex_);
  if (isMet()) return Progress::more;
  parked_ = true;
  return Progress::parked;
}

Job::Progress Run::parkWithoutRecords() {
  return parkUntil([&] { return records_.hasNext() || stopsAtOnce(); });
}

Job::Progress Run::parkHeld(int64_t steps) {
  return parkUntil([&] {
    const bool isCheckpointDue =
        options_.checkpoints && options_.checkpoints->isDueSoon(steps, Checkpoints::Clock::now());
    return heldAt_ == 0 || (requests_.isAnyWaiting() && records_.hasNext()) || isCheckpointDue || stopRequested();
  });
}

bool Run::beginHold(size_t epoch) {
  const std::lock_guard lock(mutex_);
  if (holdsAtEpochs_) heldAt_ = epoch;
  return holdsAtEpochs_;
}

bool Run::isHeld() const {
  const std::lock_guard lock(mutex_);
  return heldAt_ > 0 && !stopRequested();
}

Job::Progress Run::parkForCheckpoint() {
  return parkUntil([&] { return !options_.checkpoints->isBusy(); });
}

Job::Progress Run::askForLoss() {
  {
    const std::lock_guard lock(mutex_);
    if (stopsAtOnce()) return Progress::more;
    awaitsLoss_ = parked_ = true;
  }
  asker_();
  return Progress::parked;
}

RunProgress Run::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

EarlyStoppingState Run::best() const {
  const std::lock_guard lock(mutex_);
  return best_;
}

RunNews Run::takeNews() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void Run::report(const RunProgress& progress) {
  const bool wantsRecords = records_.takeRequest();
  {
    const std::lock_guard lock(mutex_);
    progress_ = progress;
    news_.wantsRecords |= wantsRecords;
  }
  if (wantsRecords) listener_(false);
}

void Run::reportStarvation() {
  {
    const std::lock_guard lock(mutex_);
    news_.isStarved = true;
  }
  listener_(false);
}

void Run::report(EpochReport epoch, const EarlyStoppingState& best) {
  {
    const std::lock_guard lock(mutex_);
    best_ = best;
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

void Run::report(StepAnswer answer, int64_t steps) {
  const bool wantsRecords = records_.takeRequest();
  {
    const std::lock_guard lock(mutex_);
    progress_.steps = steps;
    news_.wantsRecords |= wantsRecords;
    news_.answers.push_back(std::move(answer));
  }
  listener_(false);
}

void Run::report(const CheckpointReport& checkpoint) {
  {
    const std::lock_guard lock(mutex_);
    news_.checkpoint = checkpoint;
  }
  listener_(false);
}

void Run::report(const Checkpoints::Result& written) {
  {
    const std::lock_guard lock(mutex_);
    news_.written.push_back(written);
  }
  listener_(false);
  resume();
}

Job::Progress Run::finish(RunOutcome outcome) {
  requests_.close();
  {
    const std::lock_guard lock(mutex_);
    news_.outcome = std::move(outcome);
  }
  listener_(true);
  return Progress::done;
}

}  // namespace glissade
