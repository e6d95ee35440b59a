#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/dataset.h"
#include "data/random.h"
#include "data/strata.h"

namespace glissade {

/// Fills `order` with a uniform permutation of 0, …, size − 1 (Fisher & Yates).
void permute(std::vector<uint32_t>& order, Random random);

/// Draws numbers 0, 1, … in proportion to weights, which are finite and ≥ 0: by bisection of their running sums, so
/// that a weight of 0 is never drawn.
class WeightedDraw {
 public:
  /// @throws Error ERR_OUT_OF_RANGE where weights are negative, not finite, or sum to zero.
  explicit WeightedDraw(const std::vector<double>& weights);

  uint32_t draw(Random& random) const;

 private:
  std::vector<double> sums_;
};

/// The order in which an epoch visits the rows of a dataset, as many as it has.
class Sampler {
 public:
  /// Every row once, in a random order, in their own order, or in one where each minibatch has the classes in their
  /// proportions; or rows drawn with replacement, with equal probabilities or by weight.
  enum class Order { permuted, sequential, replacement, weighted, stratified };

  /// @throws Error ERR_INVALID_ARGUMENT where an order by weight or by class lacks weights or classes,
  /// ERR_OUT_OF_RANGE where weights can't be drawn by.
  Sampler(Dataset data, Order order, uint64_t seed, size_t batchSize = 1);

  /// Prepares epoch 0, 1, …: the same order each time it is asked for.
  void startEpoch(uint64_t epoch);

  /// Puts other rows where some of this epoch's are.
  void replace(size_t at, const std::vector<uint32_t>& rows) {
    std::copy(rows.begin(), rows.end(), rows_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  /// Table rows of the epoch's examples.
  const uint32_t* rows() const { return rows_.data(); }
  size_t size() const { return rows_.size(); }

  /// Whether weights are in the frequencies of rows already, so that losses are not to be weighted.
  bool drawsByWeight() const { return order_ == Order::weighted; }

 private:
  Dataset data_;
  Order order_;
  uint64_t seed_;
  std::vector<uint32_t> rows_;
  std::optional<WeightedDraw> weighted_;
  std::optional<StratifiedOrder> stratified_;
};

/// @throws Error ERR_INVALID_ARGUMENT
Sampler::Order orderNamed(std::string_view name);

}  // namespace glissade
