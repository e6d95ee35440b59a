#pragma once

#include <cstddef>
#include <cstdint>

#include "data/sampler.h"

namespace glissade {

struct RunOptions {
  size_t batchSize, epochs;
  Sampler::Order order;
  uint64_t seed;
  size_t firstEpoch = 0;
  bool hogwild = false;  // whether members take steps on single examples without regard to each other
  bool scheduled;        // whether hyperparameters differ from step to step; else one record serves all of them
};

}  // namespace glissade
