#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "parallel/engine.h"
#include "training/runs/record_queue.h"
#include "training/runs/run_news.h"
#include "training/runs/run_options.h"

namespace glissade {

/// The interface of a run, to start, supply and follow it. A run ends, is stopped or fails at a step boundary.
class Run : public Job, public std::enable_shared_from_this<Run> {
 public:
  /// Requests an end after the step under way.
  void stop() {
    stopRequested_ = true;
    resume();
  }

  /// Ends the run where it stands, because of a failure elsewhere. Other ranks are not asked.
  void giveUp() {
    isGivenUp_ = true;
    stop();
  }

  /// Ends the run when nobody is left to describe the file of a checkpoint.
  void abandon() {
    if (options_.checkpoints) options_.checkpoints->close();
    giveUp();
  }

  /// Resumes a run that waits for a checkpoint, once that was written or dropped.
  void noteCheckpoint() { resume(); }

  /// Adds the records of the next steps, which were made once `epochsEnded` epochs had been observed
  /// (RecordQueue::add). A scheduled run without records waits for more.
  void supply(std::vector<double> records, size_t epochsEnded = 0) {
    records_.add(std::move(records), epochsEnded);
    resume();
  }

  /// From the end of the next epoch on, the run waits at the end of each one for `goOn`. The model then has the
  /// parameters to evaluate with; if somebody writes to it, training goes on from what was written.
  void waitAtEpochs() {
    const std::lock_guard lock(mutex_);
    waitsAtEpochs_ = true;
  }
  /// Ends the wait at the end of an epoch up to this one, by its number in its report. At a later one the run waits on.
  void goOn(size_t epoch);
  /// The same, and the run no longer waits at others.
  void runThrough();

  /// Requests a step on a minibatch at the next step boundary, with the next record. Requests are served in order, also
  /// while the run waits for records or at the end of an epoch, but not while rows catch up or during probes. Returns
  /// false once the run has ended. At its end it drops the requests that it has not answered.
  bool request(StepRequest request);

  RunProgress progress() const {
    const std::lock_guard lock(mutex_);
    return progress_;
  }
  RunNews takeNews() {
    const std::lock_guard lock(mutex_);
    return std::exchange(news_, {});
  }
  /// The best of the epochs that have ended.
  EarlyStoppingState best() const {
    const std::lock_guard lock(mutex_);
    return best_;
  }
  int64_t totalSteps() const { return totalSteps_; }

  /// Called on the engine's thread when there is news. The final notification has isLast set: the outcome is known.
  using Listener = std::function<void(bool isLast)>;
  /// Called on the engine's thread when a minibatch awaits a custom loss.
  using LossRequest = std::function<void()>;
  void start(Listener listener, LossRequest requestLoss = {});

  /// Whether a minibatch awaits a custom loss. Then only takeLoss() and stop() let the run go on, so a thread that
  /// alone calls these two may read and write the minibatch (TrainingRun::awaited).
  bool awaitsLoss() const {
    const std::lock_guard lock(mutex_);
    return awaitsLoss_;
  }
  /// Takes the loss that is awaited, after its gradient was written. Without effect if none is.
  void takeLoss(double mean);
  /// If the loss of a requested step is awaited: drops the request without an answer, and returns its number.
  std::optional<uint64_t> dropRequest();

 protected:
  Run(const RunOptions& options, int64_t totalSteps, size_t recordLength);

  const RunOptions& options() const { return options_; }
  RecordQueue& records() { return records_; }
  StepRequests& requests() { return requests_; }
  const std::atomic<bool>& stopFlag() const { return stopRequested_; }
  bool stopRequested() const { return stopRequested_.load(std::memory_order_relaxed); }
  /// Whether a stop that is requested may end the run wherever it stands. A run of several ranks ends at a step, which
  /// all agree on.
  bool stopsAtOnce() const { return stopRequested() && (!options_.isOfRanks || isGivenUp_); }

  /// Changes the news, and notifies the listener.
  template <typename Change>
  void notify(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change(news_);
    }
    listener_(false);
  }
  void report(const RunProgress& progress);
  void report(EpochReport epoch, const EarlyStoppingState& best);
  /// `steps` counts from the start of the run.
  void report(StepAnswer answer, int64_t steps);
  /// The best of the epochs before the run was interrupted. Call it before the start.
  void note(const EarlyStoppingState& best) { best_ = best; }
  Progress finish(RunOutcome outcome);

  /// Leaves the queue of the engine until there is a record or a stop is requested.
  Progress parkWithoutRecords() {
    return parkUntil([&] { return records_.hasNext() || stopsAtOnce(); });
  }
  /// At the end of an epoch, before its report: whether the run waits there.
  bool beginWait(size_t epoch) {
    const std::lock_guard lock(mutex_);
    if (waitsAtEpochs_) waitsAt_ = epoch;
    return waitsAtEpochs_;
  }
  bool isWaiting() const {
    const std::lock_guard lock(mutex_);
    return waitsAt_ > 0 && !stopRequested();
  }
  /// Leaves the queue of the engine until the wait ends, a request can be served, a checkpoint is due after `steps` and
  /// can be made, or a stop is requested.
  Progress parkAtEpoch(int64_t steps);
  /// Leaves the queue of the engine until no checkpoint waits or is written.
  Progress parkForCheckpoint() {
    return parkUntil([&] { return !options_.checkpoints->isBusy(); });
  }
  /// Leaves the queue of the engine until a loss is taken or a stop is requested.
  Progress awaitLoss();
  /// Uses a loss that the run has requested.
  virtual void useLoss(double mean) = 0;
  /// Gives up the requested step under way, if there is one, and returns its number.
  virtual std::optional<uint64_t> giveUpRequest() = 0;

 private:
  void resume();
  void resumeWithLoss();
  template <typename Condition>
  Progress parkUntil(Condition isMet) {
    // Under the lock, so that a change after the test finds the run parked and resumes it.
    const std::lock_guard lock(mutex_);
    if (isMet()) return Progress::more;
    parked_ = true;
    return Progress::parked;
  }

  const RunOptions options_;
  const int64_t totalSteps_;
  RecordQueue records_;
  StepRequests requests_;
  std::atomic<bool> stopRequested_{false}, isGivenUp_{false};
  Listener listener_;
  LossRequest requestLoss_;

  mutable std::mutex mutex_;  // guards all below
  bool parked_ = false;
  bool awaitsLoss_ = false;
  bool waitsAtEpochs_;
  size_t waitsAt_ = 0;  // the epoch at whose end the run waits; 0: it does not
  RunProgress progress_;
  RunNews news_;
  EarlyStoppingState best_{};
};

}  // namespace glissade
