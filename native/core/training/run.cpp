#include "training/run.h"

#include <utility>

namespace glissade {

Run::Run(const RunOptions& options, int64_t totalSteps, size_t recordLength)
    : options_(options), totalSteps_(totalSteps), records_(options, totalSteps, recordLength) {}

void Run::start(Listener listener, Asker asker) {
  listener_ = std::move(listener);
  asker_ = std::move(asker);
  Engine::instance().submit(shared_from_this());
}

void Run::stop() {
  stopRequested_ = true;
  resumeIf([](Waiting waiting) { return waiting != Waiting::no; });
}

void Run::supply(std::vector<double> records) {
  records_.add(std::move(records));
  resumeIf([](Waiting waiting) { return waiting == Waiting::forRecords; });
}

bool Run::awaitsLoss() const {
  const std::lock_guard lock(mutex_);
  return waiting_ == Waiting::forLoss;
}

void Run::takeLoss(double mean) {
  if (!awaitsLoss()) return;
  useLoss(mean);
  resumeIf([](Waiting waiting) { return waiting == Waiting::forLoss; });
}

template <typename Resumes>
void Run::resumeIf(Resumes resumes) {
  {
    const std::lock_guard lock(mutex_);
    if (!resumes(waiting_)) return;
    waiting_ = Waiting::no;
  }
  Engine::instance().submit(shared_from_this());
}

Job::Progress Run::park() {
  // Under the lock, so that a record or a stop that comes after these tests finds the run parked and resumes it.
  const std::lock_guard lock(mutex_);
  if (records_.hasNext() || stopRequested()) return Progress::more;
  waiting_ = Waiting::forRecords;
  return Progress::parked;
}

Job::Progress Run::askForLoss() {
  {
    const std::lock_guard lock(mutex_);
    if (stopRequested()) return Progress::more;
    waiting_ = Waiting::forLoss;
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
  RunNews news = news_;
  news_.epochs.clear();
  news_.curvature.clear();
  news_.wantsRecords = false;
  return news;
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

Job::Progress Run::finish(RunOutcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    news_.outcome = std::move(outcome);
  }
  listener_(true);
  return Progress::done;
}

}  // namespace glissade
