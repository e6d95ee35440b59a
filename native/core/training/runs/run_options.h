#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "data/sampler.h"
#include "record.h"
#include "training/runs/checkpoints.h"
#include "training/runs/early_stopping.h"
#include "training/runs/run_position.h"

namespace glissade {

/// The options of a run. Hogwild: members take steps on single examples in parallel, unsynchronised. Scheduled:
/// hyperparameters differ from step to step; otherwise one record serves all steps. Observed: schedules observe each
/// epoch; records that it leaves are dropped at its end. The run ends after `maxSeconds`, unless that is 0.
struct RunOptions {
  GLISSADE_NAMED(size_t, kCounts, batchSize = 0, epochs = 0, firstEpoch = 0, seed = 0);
  Sampler::Order order;
  GLISSADE_NAMED(bool, kFlags, hogwild = false, scheduled = false, observed = false, waitsAtEpochs = false);
  GLISSADE_NAMED(double, kLimits, maxSeconds = 0);
  EarlyStoppingOptions earlyStopping{};
  std::shared_ptr<Checkpoints> checkpoints{};  // or null
  std::optional<RunPosition> position{};       // where a run that was interrupted goes on
  bool isOfRanks = false;                      // whether its trainer has ranks
  std::string identity{};                      // what must be the same on all ranks
};

}  // namespace glissade
