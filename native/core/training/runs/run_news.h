#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "training/evaluation/curvature_probe.h"
#include "training/runs/checkpoints.h"
#include "training/runs/step_requests.h"
#include "training/steps/tally.h"

namespace glissade {

/// The report to TypeScript at the end of an epoch.
struct EpochReport {
  size_t epoch;   // 1 for the trainer's first epoch
  int64_t steps;  // of the trainer so far
  Tally training;
  std::optional<Tally> validation;
  double seconds;                            // spent on training, not on validation
  int64_t skipped;                           // minibatches of the trainer so far whose loss or gradient was not finite
  std::vector<std::vector<double>> metrics;  // of the validation
  int64_t stepsNow;  // steps of the trainer at the report: some may have been requested since the epoch's last one
};

/// The report to TypeScript after a probe of the curvature.
struct CurvatureReport {
  size_t epoch;   // how many epochs of the trainer have ended
  int64_t steps;  // of the trainer so far
  AlongGradient found;
};

/// An image for a checkpoint, which waits for the description of its file.
struct CheckpointReport {
  int64_t number;      // of the image
  size_t epochsEnded;  // of the run
  int64_t steps;       // of the trainer
};

/// How far a run has come, counted from its start.
struct RunProgress {
  size_t epoch = 0;  // from 1; 0 before any step
  int64_t steps = 0;
  Tally training;  // of this epoch so far, as is `seconds`
  double seconds = 0;
  std::optional<double> processorShare{};
};

struct RunOutcome {
  enum class Status { running, completed, stopped, stoppedEarly, outOfTime, failed } status = Status::running;
  std::string_view code;  // of a failure
  std::string message;
};

/// The reports since the last call of Run::takeNews(), and the outcome if it has been reached meanwhile. Taking them
/// needs no memory.
struct RunNews {
  std::vector<EpochReport> epochs;
  std::vector<CurvatureReport> curvature;
  std::vector<StepAnswer> answers;
  std::optional<CheckpointReport> checkpoint;
  std::vector<Checkpoints::Result> written;
  bool wantsRecords = false;
  bool isStarved = false;  // true once
  RunOutcome outcome;
};

}  // namespace glissade
