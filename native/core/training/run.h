#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "data/sampler.h"
#include "models/snapshot.h"
#include "optimizers/optimizer.h"
#include "parallel/engine.h"
#include "training/evaluation.h"

namespace glissade {

/// How a run treats a tensor: with the hyperparameters of a group, or not at all.
struct TensorTreatment {
  size_t group;
  bool frozen;
};

struct RunOptions {
  Scoring scoring;
  OptimizerOptions optimizer;
  std::vector<TensorTreatment> tensors;  // of the network, in turn
  bool sharpens = false;                 // takes gradients at the worst point nearby
  bool skipsNonFinite = false;
  size_t accumulate = 1;  // minibatches to a step
  size_t batchSize, epochs;
  Sampler::Order order;
  uint64_t seed;
  bool scheduled;  // whether hyperparameters differ from step to step; else one row serves all of them
};

/// What goes up the stair at the end of an epoch.
struct EpochReport {
  size_t epoch;
  int64_t steps;  // since the run began
  Tally training;
  std::optional<Tally> validation;
  double seconds;   // spent in the minibatch loop
  int64_t skipped;  // minibatches since the run began whose loss or gradient was not finite
};

struct RunProgress {
  size_t epoch = 0;  // the one under way
  int64_t steps = 0;
  Tally training;  // of this epoch so far
  double seconds = 0;
};

struct RunOutcome {
  enum class Status { running, completed, stopped, failed } status = Status::running;
  std::string code, message;  // of a failure
};

/// What a listener finds when it is woken.
struct RunNews {
  std::vector<EpochReport> epochs;
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
  const Scoring& scoring() const { return options_.scoring; }

  /// Called on the engine's thread when there is news; by the last call, with isLast, the outcome is known.
  using Listener = std::function<void(bool isLast)>;
  void start(Listener listener);

 protected:
  Run(const RunOptions& options, size_t examples, size_t rowLength);

  /// The next step's row, where canStep(); until useRow().
  const double* row();
  void useRow();
  size_t rowLength() const { return rowLength_; }
  bool canStep();
  bool stopRequested() const { return stopRequested_.load(std::memory_order_relaxed); }
  void report(const RunProgress& progress);
  void report(EpochReport epoch);
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

/// The minibatch loop over `Real`. The slab of parameters must outlive the run.
template <typename Real>
class TrainingRun : public Run {
 public:
  TrainingRun(std::shared_ptr<const Network<Real>> network, Real* parameters, std::shared_ptr<Snapshot<Real>> snapshot,
              Dataset data, std::optional<Dataset> validation, RunOptions options);

  Progress advance(Team& team) noexcept override;

 private:
  using Clock = std::chrono::steady_clock;

  static std::vector<Parameter> arraysOf(const Network<Real>& network, const RunOptions& options);
  Progress trainSlice(Team& team);
  Progress validateSlice(Team& team);
  void trainUntil(const Member& member, Clock::time_point deadline);
  bool step(const Member& member);
  void findGradient(const Member& member, const Real* point);
  void checkSizes(const Member& member);
  void update(const Member& member);
  void countStep();
  typename Optimizer<Real>::Lent lent() { return {gradients_.data(), tensors_.data(), state_.data()}; }
  std::vector<Real*> tensorsIn(Buffer<Real>& slab) const;
  const Real* evaluated();
  Progress endEpoch(std::optional<Tally> validation);
  Progress settle(RunOutcome::Status status);
  Progress fail(std::string what, int64_t step);
  bool isFinite(const Real* parameters) const;
  bool publish();

  std::shared_ptr<const Network<Real>> network_;
  Real* parameters_;
  std::shared_ptr<Snapshot<Real>> snapshot_;
  Dataset data_;
  Sampler sampler_;
  Minibatch<Real> minibatch_;
  Optimizer<Real> optimizer_;
  std::optional<Evaluation<Real>> validation_;

  Buffer<Real> gradient_;
  Buffer<std::byte> state_;
  std::vector<Gradient> gradients_;
  std::vector<Real*> tensors_;
  Buffer<Real> point_, evaluated_;  // where the gradient is taken, where the model is evaluated; if that is not at θ
  std::vector<Real*> points_, evaluatedTensors_;

  const Kernels* const kernels_ = &kernels();  // to the end, whatever is chosen meanwhile
  size_t epoch_ = 0, cursor_ = 0, count_ = 0;
  size_t waiting_ = 0;  // minibatches whose gradients wait for their step
  bool isLast_ = true, skips_ = false;
  bool closes_ = false;  // whether gradients wait for a minibatch that is skipped, and the last of its epoch
  const double* row_ = nullptr;
  int64_t steps_ = 0, skipped_ = 0, evaluatedAt_ = -1;
  Tally tally_, batch_;
  double seconds_ = 0;
  bool going_ = true, validating_ = false;
  std::string failure_;
  struct Magnitudes {
    Real gradient, parameters, states;
  };
  std::vector<Magnitudes> magnitudes_;  // by member
  double hyperparameters_ = 0;          // the largest of this step
  bool mayDivideByZero_ = false, mayOverflow_ = false;
  Clock::time_point nextPublication_{};
};

}  // namespace glissade
