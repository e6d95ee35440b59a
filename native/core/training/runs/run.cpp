#include "training/runs/run.h"

#include <utility>

namespace glissade {

Run::Run(const RunOptions& options, int64_t totalSteps, size_t recordLength)
    : options_(options),
      totalSteps_(totalSteps),
      records_(options, totalSteps, recordLength),
      waitsAtEpochs_(options.waitsAtEpochs) {}

void Run::start(Listener listener, LossRequest requestLoss) {
  listener_ = std::move(listener);
  requestLoss_ = std::move(requestLoss);
  // The run doesn't end before these calls have returned.
  if (options_.checkpoints)
    options_.checkpoints->listen([this](const Checkpoints::Result& written) {
      notify([&](RunNews& news) { news.written.push_back(written); });
      resume();
    });
  Engine::instance().submit(shared_from_this());
}

bool Run::request(StepRequest request) {
  records_.expectOneMore();
  if (!requests_.add(std::move(request))) return false;
  resume();
  return true;
}

void Run::goOn(size_t epoch) {
  {
    const std::lock_guard lock(mutex_);
    if (waitsAt_ > epoch) return;
    waitsAt_ = 0;
  }
  resume();
}

void Run::runThrough() {
  {
    const std::lock_guard lock(mutex_);
    waitsAtEpochs_ = false;
    waitsAt_ = 0;
  }
  resume();
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

/// Resumes a run that has received its loss, or no longer needs it.
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

Job::Progress Run::parkAtEpoch(int64_t steps) {
  return parkUntil([&] {
    const bool isCheckpointDue =
        options_.checkpoints && options_.checkpoints->isDueSoon(steps, Checkpoints::Clock::now());
    return waitsAt_ == 0 || (requests_.isAnyWaiting() && records_.hasNext()) || isCheckpointDue || stopRequested();
  });
}

Job::Progress Run::awaitLoss() {
  {
    const std::lock_guard lock(mutex_);
    if (stopsAtOnce()) return Progress::more;
    awaitsLoss_ = parked_ = true;
  }
  try {
    requestLoss_();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    awaitsLoss_ = false;
    if (std::exchange(parked_, false)) throw;  // otherwise a stop has resumed the run meanwhile
  }
  return Progress::parked;
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

void Run::report(EpochReport epoch, const EarlyStoppingState& best) {
  notify([&](RunNews& news) {
    best_ = best;
    news.epochs.push_back(std::move(epoch));
  });
}

void Run::report(StepAnswer answer, int64_t steps) {
  const bool wantsRecords = records_.takeRequest();
  notify([&](RunNews& news) {
    progress_.steps = steps;
    news.wantsRecords |= wantsRecords;
    news.answers.push_back(std::move(answer));
  });
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
