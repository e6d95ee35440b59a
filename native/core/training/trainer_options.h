#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "losses/loss.h"
#include "models/network.h"
#include "optimizers/options.h"

namespace glissade {

/// How a tensor is trained: with the hyperparameters of a group, or not at all.
struct TensorTreatment {
  size_t group;
  bool frozen;
  bool mayBeSparse = false;  // whether its rows may be updated when they are touched, if it is sparse
};

struct TrainerOptions {
  Scoring scoring;
  OptimizerOptions optimizer;
  std::vector<TensorTreatment> tensors;  // of the network, in turn
  bool sharpens = false;                 // takes gradients at the worst point nearby
  bool skipsNonFinite = false;
  size_t accumulate = 1;  // minibatches to a step
  Precision precision = Precision::full;
  bool goesOn = false;  // after a pause
  uint64_t seed = 0;    // of the random numbers of layers
};

}  // namespace glissade
