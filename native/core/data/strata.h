#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "data/random.h"

namespace glissade {

/// The rows of a dataset by class.
struct Strata {
  std::vector<uint32_t> of;   // the stratum of each row: 0, 1, … in ascending order of targets
  std::vector<size_t> sizes;  // of each stratum
};

/// @throws Error ERR_INVALID_ARGUMENT unless targets are classes: one whole number for each row.
Strata strataOf(const Dataset& data);

/// Draws `count` rows without replacement, in a random order. Each class has its proportion of them, within 1.
std::vector<uint32_t> drawStratified(const Strata& strata, size_t count, Random random);

/// Orders all rows so that each minibatch has each class in its proportion, rounded down or up at random. A row's
/// probability of being in a minibatch is proportional to the minibatch's size.
class StratifiedOrder {
 public:
  StratifiedOrder(Strata strata, size_t batchSize);

  void permute(std::vector<uint32_t>& order, Random random) const;

 private:
  Strata strata_;
  size_t batchSize_, fullBatches_;
  std::vector<size_t> each_;  // rows of each class that every full minibatch has
};

}  // namespace glissade
