#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "models/snapshot.h"
#include "parallel/team.h"
#include "training/evaluation/curvature_probe.h"
#include "training/runs/epoch.h"
#include "training/runs/record_queue.h"
#include "training/runs/run_options.h"
#include "training/runs/step_requests.h"
#include "training/steps/trainer.h"

namespace glissade {

/// The objects that a loop uses for its steps and between them. All of them must outlive the loop.
template <typename Real>
struct StepSupplies {
  Trainer<Real>& trainer;
  Epoch& epoch;
  RecordQueue& records;
  const RunOptions& options;
  const CurvatureProbe<Real>* probe;  // or null
  const std::atomic<bool>& stopFlag;
  const StepRequests& requests;
  const Snapshot<Real>& snapshot;

  bool isCheckpointDueByStep() const {
    return options.checkpoints && options.checkpoints->isDueByStep(trainer.counts().steps);
  }
  bool isProbeDue() const { return probe && probe->stepsLeft(trainer.counts().steps) == 0; }
};

/// A loop that takes the steps of a run, a slice at a time. Each derived class is one way of taking them. The order
/// within one step is `Trainer::step`.
template <typename Real>
class StepLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Outcome = typename Trainer<Real>::Outcome;

  explicit StepLoop(const StepSupplies<Real>& supplies) : supplies_(supplies) {}
  virtual ~StepLoop() = default;

  /// Whether this loop can take the next step with its record.
  virtual bool canTake(const double* record) const = 0;

  /// Whether all rows of sparse matrices, states included, must have caught up before its first step.
  virtual bool needsRowsCaughtUp() const { return false; }

  /// Takes at least one step. Stops after the deadline, or when the epoch is over, the records are used up, a probe or
  /// a checkpoint is due, a stop or another step is requested, readers wait, or a step fails or awaits a loss. Returns
  /// the outcome of the last step.
  virtual Outcome run(Team& team, Clock::time_point deadline) = 0;

 protected:
  /// Prepares the step on the next minibatch, or the rest of one that has got its loss.
  void goOn(const Member& member);
  /// Prepares the step on the next minibatch; counts it once it is over, unless it failed. One member calls these.
  void prepare(const Member& member);
  void conclude(Outcome outcome);

  /// Whether another step is to follow one with this outcome.
  bool shouldContinue(Outcome outcome, Clock::time_point deadline) const;

  const StepSupplies<Real> supplies_;

 private:
  size_t count_ = 0;  // examples in the minibatch
};

/// All loops, the fastest first.
template <typename Real>
std::vector<std::unique_ptr<StepLoop<Real>>> stepLoopsOf(const StepSupplies<Real>& supplies);

}  // namespace glissade
