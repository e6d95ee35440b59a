#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "data/sampler.h"
#include "training/runs/checkpoints.h"
#include "training/runs/early_stopping.h"
#include "training/runs/run_position.h"

namespace glissade {

struct RunOptions {
  size_t batchSize, epochs;
  Sampler::Order order;
  uint64_t seed;
  size_t firstEpoch = 0;
  bool hogwild = false;   // members take steps on single examples in parallel, unsynchronised
  bool scheduled;         // hyperparameters differ from step to step; otherwise one record serves all steps
  bool observed = false;  // schedules observe each epoch: records that it leaves are dropped at its end
  EarlyStoppingOptions earlyStopping{};
  double maxSeconds = std::numeric_limits<double>::infinity();  // after which it ends
  bool holdsAtEpochs = false;                                   // as by Run::holdAtEpochs()
  std::shared_ptr<Checkpoints> checkpoints{};                   // or null
  std::optional<RunPosition> position{};                        // where a run that was interrupted goes on
  bool isOfRanks = false;                                       // whether its trainer has ranks
  std::string identity{};                                       // what must be the same on all ranks
};

}  // namespace glissade
