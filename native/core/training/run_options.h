#pragma once

#include <cstddef>
#include <cstdint>

#include "data/sampler.h"

namespace glissade {

/// How many steps a run takes at most: fewer where minibatches are skipped. Each epoch ends with a step; the first one
/// begins with the gradients that wait for theirs.
struct StepCounts {
  int64_t ofFirstEpoch, ofOtherEpochs;

  int64_t after(size_t epochs) const { return ofFirstEpoch + ofOtherEpochs * static_cast<int64_t>(epochs - 1); }
};

struct RunOptions {
  size_t batchSize, epochs;
  Sampler::Order order;
  uint64_t seed;
  size_t firstEpoch = 0;
  bool hogwild = false;  // whether members take steps on single examples without regard to each other
  bool scheduled;        // whether hyperparameters differ from step to step; else one record serves all of them
};

}  // namespace glissade
