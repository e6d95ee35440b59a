#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "parallel/engine.h"
#include "training/record_queue.h"
#include "training/run_news.h"
#include "training/run_options.h"

namespace glissade {

/// The interface of a run for those who start, supply and follow it. A run ends, is stopped or fails at a step
/// boundary.
class Run : public Job, public std::enable_shared_from_this<Run> {
 public:
  /// Requests an end after the step under way.
  void stop();

  /// Adds the records of the next steps. A scheduled run without records waits for more.
  void supply(std::vector<double> records);

  RunProgress progress() const;
  RunNews takeNews();
  /// The best of the epochs that have ended.
  EarlyStoppingState best() const;
  int64_t totalSteps() const { return totalSteps_; }

  /// Called on the engine's thread when there is news. The final notification has isLast set: the outcome is known.
  using Listener = std::function<void(bool isLast)>;
  /// Called on the engine's thread when a minibatch awaits a custom loss.
  using Asker = std::function<void()>;
  void start(Listener listener, Asker asker = {});

  /// Whether a minibatch awaits a custom loss. Then only takeLoss() and stop() let the run go on, so a thread that
  /// alone calls these two may read and write the minibatch (TrainingRun::awaited).
  bool awaitsLoss() const;
  /// Takes the loss that is awaited, after its gradient was written. Without effect if none is.
  void takeLoss(double mean);

 protected:
  Run(const RunOptions& options, int64_t totalSteps, size_t recordLength);

  const RunOptions& options() const { return options_; }
  RecordQueue& records() { return records_; }
  const std::atomic<bool>& stopFlag() const { return stopRequested_; }
  bool stopRequested() const { return stopRequested_.load(std::memory_order_relaxed); }

  void report(const RunProgress& progress);
  void report(EpochReport epoch, const EarlyStoppingState& best);
  void report(const CurvatureReport& curvature);
  Progress finish(RunOutcome outcome);
  /// Leaves the queue of the engine until there is a record or a stop is requested.
  Progress park();
  /// Leaves the queue of the engine until a loss is taken or a stop is requested.
  Progress askForLoss();
  /// Does what a run does with a loss that it has asked for.
  virtual void useLoss(double mean) = 0;

 private:
  enum class Waiting { no, forRecords, forLoss };

  template <typename Resumes>
  void resumeIf(Resumes resumes);

  const RunOptions options_;
  const int64_t totalSteps_;
  RecordQueue records_;
  std::atomic<bool> stopRequested_{false};
  Listener listener_;
  Asker asker_;

  mutable std::mutex mutex_;  // guards all below
  Waiting waiting_ = Waiting::no;
  RunProgress progress_;
  RunNews news_;
  EarlyStoppingState best_{};
};

}  // namespace glissade
