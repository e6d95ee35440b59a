#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "distributed/communicator.h"
#include "losses/loss.h"
#include "models/network.h"
#include "optimizers/options.h"
#include "record.h"

namespace glissade {

/// How a tensor is trained: with the hyperparameters of a group, or, if frozen, not at all.
struct TensorTreatment {
  size_t group;
  bool frozen;
  bool mayBeSparse = false;  // if it is sparse, whether a step may update its touched rows only
};

/// How ranks synchronise if they take steps of their own in between.
struct Synchronization {
  size_t every = 1;      // steps
  bool hasRule = false;  // whether the mean of the parameters is taken by an outer step, with these numbers
  double learningRate = 1, momentum = 0;
};

/// The options of a trainer. A step takes the gradients of `accumulate` minibatches. The seed is that of dropout. SAM
/// is sharpness-aware minimisation (Points::worst). Steps may follow a pause if it may resume.
struct TrainerOptions {
  Scoring scoring;
  OptimizerOptions optimizer;
  std::vector<TensorTreatment> tensors;  // one for each tensor of the network, in order
  GLISSADE_NAMED(bool, kFlags, usesSam = false, skipsNonFinite = false, mayResume = false,
                 synchronizesStatistics = false);
  size_t accumulate = 1;
  uint64_t seed = 0;
  Precision precision = Precision::full;
  std::string identity{};                            // what must be the same on all ranks
  std::shared_ptr<Communicator> ranks{};             // those that train together; null: this process alone
  std::optional<Synchronization> synchronization{};  // if they do not share each minibatch
};

}  // namespace glissade
