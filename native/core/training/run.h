#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/sampler.h"
#include "models/snapshot.h"
#include "parallel/engine.h"
#include "training/curvature_probe.h"
#include "training/evaluation.h"
#include "training/trainer.h"

namespace glissade {

struct RunOptions {
  size_t batchSize, epochs;
  Sampler::Order order;
  uint64_t seed;
  size_t firstEpoch = 0;
  bool hogwild = false;  // whether members take steps on single examples without regard to each other
  bool scheduled;        // whether hyperparameters differ from step to step; else one row serves all of them
};

/// What goes up the stair at the end of an epoch.
struct EpochReport {
  size_t epoch;   // 1 for the trainer's first
  int64_t steps;  // of the trainer so far
  Tally training;
  std::optional<Tally> validation;
  double seconds;   // spent in the minibatch loop
  int64_t skipped;  // minibatches of the trainer so far whose loss or gradient was not finite
};

/// What goes up the stair after a look at the curvature.
struct CurvatureReport {
  size_t epoch;   // how many of the trainer's have ended
  int64_t steps;  // of the trainer so far
  AlongGradient found;
};

/// Within the run.
struct RunProgress {
  size_t epoch = 0;  // the one under way
  int64_t steps = 0;
  Tally training;  // of this epoch so far
  double seconds = 0;
};

struct RunOutcome {
  enum class Status { running, completed, stopped, failed } status = Status::running;
  std::string_view code;  // of a failure
  std::string message;
};

/// What a listener finds when it is woken.
struct RunNews {
  std::vector<EpochReport> epochs;
  std::vector<CurvatureReport> curvature;
  bool wantsRows = false;
  RunOutcome outcome;
};

/// A run of the minibatch loop: a job that ends, is stopped or fails at a step boundary.
class Run : public Job, public std::enable_shared_from_this<Run> {
 public:
  /// Asks for an end after the step under way.
  void stop();

  /// Hands over the optimizer's rows of the next steps. A scheduled run that has used up its rows waits for more.
  void supply(std::vector<double> rows);

  RunProgress progress() const;
  RunNews takeNews();
  int64_t totalSteps() const { return totalSteps_; }

  /// Called on the engine's thread when there is news; by the last call, with isLast, the outcome is known.
  using Listener = std::function<void(bool isLast)>;
  void start(Listener listener);

 protected:
  Run(const RunOptions& options, int64_t totalSteps, size_t rowLength);

  /// Rows of the next steps, at most so many, where canStep(); until useRows().
  struct Rows {
    const double* first;
    size_t count, stride;
  };
  Rows rows(size_t most);
  void useRows(size_t count);
  size_t rowLength() const { return rowLength_; }
  bool canStep();
  bool stopRequested() const { return stopRequested_.load(std::memory_order_relaxed); }
  void report(const RunProgress& progress);
  void report(EpochReport epoch);
  void report(const CurvatureReport& curvature);
  Progress finish(RunOutcome outcome);
  Progress park();

  const RunOptions options_;

 private:
  void resume();

  std::atomic<bool> stopRequested_{false};
  Listener listener_;
  const int64_t totalSteps_;
  const size_t rowLength_;

  mutable std::mutex mutex_;  // of all below
  std::deque<std::vector<double>> rows_;
  size_t nextRow_ = 0, rowsLeft_ = 0;
  int64_t rowsSupplied_ = 0;
  bool askedForRows_ = false, tellsOfRows_ = false, parked_ = false;
  RunProgress progress_;
  RunNews news_;
};

/// The minibatch loop over `Real`.
template <typename Real>
class TrainingRun : public Run {
 public:
  /// @throws Error ERR_NON_FINITE where the parameters are not finite.
  TrainingRun(std::shared_ptr<Trainer<Real>> trainer, std::shared_ptr<Snapshot<Real>> snapshot, Dataset data,
              std::optional<Evaluation<Real>> validation, std::optional<CurvatureProbe<Real>> probe,
              RunOptions options);

  Progress advance(Team& team) noexcept override;

 private:
  using Clock = std::chrono::steady_clock;

  Progress trainSlice(Team& team);
  void trainSingly(Team& team, Clock::time_point deadline);
  size_t takeSingly(Team& team, const Singles& examples);
  Progress validateSlice(Team& team);
  bool probeIsDue() const { return probe_ && probe_->stepsLeft(trainer_->counts().steps) == 0; }
  Progress probeSlice(Team& team);
  void trainUntil(const Member& member, Clock::time_point deadline);
  void prepare(const Member& member);
  void conclude();
  Progress beginPublication();
  Progress publish(const Real* parameters);
  Progress endOfPass();
  Progress endEpoch(std::optional<Tally> validation);
  Progress goOn();
  Progress settle(RunOutcome::Status status);
  Progress fail(std::string_view code, const char* what, int64_t step) noexcept;
  Progress tellFailure() noexcept;
  Progress beginProbe(const Real* parameters);

  /// What follows once rows that lag have caught up, or have been foreseen.
  enum class After { nothing, start, pass, ending, failure, publication, probe };
  using Walk = bool (EvaluationParameters<Real>::*)(const Member&);
  Progress whenCaughtUp(After after);
  Progress walkTo(After after, Walk walk);
  Progress walkSlice(Team& team);
  Progress follow(After after);

  std::shared_ptr<Trainer<Real>> trainer_;
  std::shared_ptr<Snapshot<Real>> snapshot_;
  Dataset data_;
  Sampler sampler_;
  std::optional<Evaluation<Real>> validation_;
  std::optional<CurvatureProbe<Real>> probe_;

  const int64_t firstStep_;
  size_t epoch_ = 0, cursor_ = 0, count_ = 0;
  Tally tally_;
  double seconds_ = 0;
  bool going_ = true, validating_ = false, probing_ = false;
  bool startedRows_ = false;      // whether rows that no minibatch has touched have the states that they start from
  After after_ = After::nothing;  // behind a walk through rows, while one is under way
  Walk walk_ = nullptr;
  struct {
    RunOutcome::Status status;
    std::string_view code;
    char what[128];
    int64_t step;
  } ending_{};
  typename Trainer<Real>::Outcome outcome_{};
  Clock::time_point nextPublication_{}, publishingSince_{};
};

}  // namespace glissade
