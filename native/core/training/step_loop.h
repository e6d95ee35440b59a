#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "parallel/team.h"
#include "training/curvature_probe.h"
#include "training/epoch.h"
#include "training/record_queue.h"
#include "training/run_options.h"
#include "training/trainer.h"

namespace glissade {

/// What the steps of a run are taken with, and what it has to look up for between them. All of it outlives the loop.
template <typename Real>
struct StepSupplies {
  Trainer<Real>& trainer;
  Epoch& epoch;
  RecordQueue& records;
  const RunOptions& options;
  const CurvatureProbe<Real>* probe;  // or none
  const std::atomic<bool>& stopFlag;

  bool isProbeDue() const { return probe && probe->stepsLeft(trainer.counts().steps) == 0; }
};

/// The loop that takes the steps of a run, a slice at a time, in one way of several.
template <typename Real>
class StepLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Outcome = typename Trainer<Real>::Outcome;

  explicit StepLoop(const StepSupplies<Real>& supplies) : supplies_(supplies) {}
  virtual ~StepLoop() = default;

  /// Whether the next step can be taken in this way with its record.
  virtual bool canTake(const double* record) const = 0;

  /// Whether all rows of sparse matrices must have caught up before the first such step, with states and all.
  virtual bool needsRowsCaughtUp() const { return false; }

  /// Takes steps until the deadline, or until the epoch is over, the records are used up, a look at the curvature is
  /// due, a stop is requested or a step fails. Tells what came of the last step.
  virtual Outcome run(Team& team, Clock::time_point deadline) = 0;

 protected:
  /// Readies the step on the next minibatch; after it, takes note of it, unless it failed. One member calls this.
  void prepare(const Member& member);
  void conclude(Outcome outcome);

  /// Whether another step follows one, before the deadline.
  bool goesOn(Outcome outcome, Clock::time_point deadline) const;

  const StepSupplies<Real> supplies_;

 private:
  size_t count_ = 0;  // of examples in the minibatch
};

/// All ways of taking the steps of a run, those that are faster first.
template <typename Real>
std::vector<std::unique_ptr<StepLoop<Real>>> stepLoopsOf(const StepSupplies<Real>& supplies);

}  // namespace glissade
