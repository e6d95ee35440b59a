#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "training/curvature_probe.h"
#include "training/tally.h"

namespace glissade {

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
  bool wantsRecords = false;
  RunOutcome outcome;
};

}  // namespace glissade
