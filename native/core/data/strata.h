#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "data/random.h"

namespace glissade {

/// The rows of a dataset by class.
struct Strata {
  std::vector<uint32_t> of;   // each row's, 0, 1, … in ascending order of targets
  std::vector<size_t> sizes;  // of each
};

/// @throws Error ERR_INVALID_ARGUMENT where targets are no classes: one whole number for each row.
Strata strataOf(const Dataset& data);

/// `count` rows drawn without replacement, in no order; of each class as many as its proportion has it, within 1.
std::vector<uint32_t> drawStratified(const Strata& strata, size_t count, Random random);

/// Orders all rows so that each minibatch holds each class in its proportion, rounded down or up: which, is drawn, so
/// that every row comes into each minibatch as often as its size says.
class StratifiedOrder {
 public:
  StratifiedOrder(Strata strata, size_t batchSize);

  void permute(std::vector<uint32_t>& order, Random random) const;

 private:
  Strata strata_;
  size_t batchSize_, fullBatches_;
  std::vector<size_t> each_;  // of each class: rows that every full minibatch has
};

}  // namespace glissade
