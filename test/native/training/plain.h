// The minibatch loop at its plainest: one thread, no job, no slices. What a run must equal bit for bit.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "optimizers/optimizer.h"
#include "parallel/denormals.h"
#include "training/run.h"

namespace glissade {

/// The row of step 0, 1, …
using Schedule = std::function<std::vector<double>(int64_t)>;

/// A row without clipping, averages and the like: the hyperparameters of each group in turn.
inline std::vector<double> rowOf(std::vector<double> hyperparameters) {
  hyperparameters.insert(hyperparameters.begin(), sizeof(StepSettings) / sizeof(double), 0.0);
  return hyperparameters;
}

/// Of so many dense layers: weights in one group, biases in the other.
inline std::vector<TensorTreatment> weightsAndBiases(size_t layers) {
  std::vector<TensorTreatment> tensors;
  for (size_t i = 0; i < layers; ++i) tensors.insert(tensors.end(), {{0, false}, {1, false}});
  return tensors;
}

struct PlainReport {
  std::vector<Tally> epochs;  // those under way included
};

/// Takes `steps` steps from `parameters` on.
template <typename Real>
PlainReport trainPlainly(const Network<Real>& network, Buffer<Real>& parameters, const Dataset& data,
                         const RunOptions& options, const Schedule& schedule, int64_t steps) {
  const FlushDenormals flush;
  const Kernels& table = kernels();
  const Member alone(0, 1);
  std::vector<Parameter> arrays;
  for (size_t i = 0; i < network.tensors().size(); ++i)
    arrays.push_back({network.tensors()[i].shape, options.tensors[i].group, options.tensors[i].frozen});
  Optimizer<Real> optimizer(options.optimizer, arrays);
  Minibatch<Real> minibatch(network, data, options.scoring, options.batchSize, Layer<Real>::Use::training);
  Sampler sampler(data, options.order, options.seed);
  Buffer<Real> gradient(network.parameterCount());
  Buffer<std::byte> state(optimizer.state().bytes());
  std::vector<Gradient> gradients;
  std::vector<Real*> tensors;
  for (const TensorPlace& tensor : network.tensors()) {
    gradients.push_back({gradient.data() + tensor.offset});
    tensors.push_back(parameters.data() + tensor.offset);
  }

  PlainReport report;
  int64_t step = 0;
  for (uint64_t epoch = 0; step < steps; ++epoch) {
    sampler.startEpoch(epoch);
    report.epochs.emplace_back();
    for (size_t row = 0; row < sampler.size() && step < steps; row += options.batchSize, ++step) {
      const size_t count = std::min(options.batchSize, sampler.size() - row);
      minibatch.forward(table, alone, parameters.data(), sampler.rows() + row, count);
      minibatch.backward(table, alone, parameters.data(), count, gradient.data());
      optimizer.step(table, alone, schedule(step).data(), double(count), true,
                     {gradients.data(), tensors.data(), state.data()});
      const Tally batch = minibatch.tally(count);
      Tally& tally = report.epochs.back();
      tally = {tally.loss + batch.loss, tally.correct + batch.correct, tally.examples + batch.examples};
    }
  }
  return report;
}

}  // namespace glissade
