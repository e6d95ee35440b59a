#pragma once

#include <cstdint>
#include <vector>

#include "data/dataset.h"
#include "data/random.h"

namespace glissade {

/// Fills `order` with a uniform permutation of 0, …, size − 1 (Fisher & Yates).
void permute(std::vector<uint32_t>& order, Random random);

/// The order in which an epoch visits the rows of a dataset.
class Sampler {
 public:
  enum class Order { permuted, sequential };

  Sampler(Dataset data, Order order, uint64_t seed);

  /// Prepares epoch 0, 1, …: the same order each time it is asked for.
  void startEpoch(uint64_t epoch);

  /// Table rows of the epoch's examples.
  const uint32_t* rows() const { return rows_.data(); }
  size_t size() const { return rows_.size(); }

 private:
  Dataset data_;
  Order order_;
  uint64_t seed_;
  std::vector<uint32_t> rows_;
};

}  // namespace glissade
