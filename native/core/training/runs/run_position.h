#pragma once

#include "record.h"

namespace glissade {

/// Where a run stands at a step boundary: the epochs that have ended, the examples of the epoch under way that have
/// been taken, the steps since the run began, the sums over the epoch (Tally, and the seconds of training), whether the
/// rows of sparse matrices have caught up for a loop that needs it, the trainer's step before which the curvature is
/// probed next, what early stopping has found (EarlyStoppingState), and the seconds since the run began.
struct RunPosition {
  GLISSADE_RECORD(epochsEnded, examplesTaken, steps, loss, lossWeight, correct, weight, examplesCounted, seconds,
                  haveRowsCaughtUp, probeDueAt, bestValue, bestEpoch, bestSteps, epochsWithoutImprovement,
                  elapsedSeconds);
};

}  // namespace glissade
