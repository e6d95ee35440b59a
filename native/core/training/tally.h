#pragma once

#include <cstddef>

namespace glissade {

/// Sums over examples, each times its weight.
struct Tally {
  double loss = 0, lossWeight = 0;  // with weights of classes
  double correct = 0, weight = 0;   // without
  size_t examples = 0;

  /// Of examples that weigh nothing, 0.
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
