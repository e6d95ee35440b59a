#pragma once

#include <cstddef>

namespace glissade {

/// Sums over examples, each multiplied by its weight; `examples` counts them.
struct Tally {
  double loss = 0, lossWeight = 0;  // weights include those of classes
  double correct = 0, weight = 0;   // weights of examples alone
  size_t examples = 0;

  /// The mean loss. If all weights are 0: 0, or NaN if a loss is not finite.
  double meanLoss() const { return lossWeight > 0 ? loss / lossWeight : loss; }
  double accuracy() const { return weight > 0 ? correct / weight : 0; }
  void add(const Tally& other) {
    loss += other.loss;
    lossWeight += other.lossWeight;
    correct += other.correct;
    weight += other.weight;
    examples += other.examples;
  }
};

}  // namespace glissade
