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

/// The hyperparameters of step 0, 1, …: a row for both groups.
using Schedule = std::function<std::vector<double>(int64_t)>;

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
  std::vector<typename Optimizer<Real>::Array> arrays;
  for (const TensorPlace& tensor : network.tensors()) arrays.push_back({tensor.size, tensor.decays ? 0u : 1u});
  Optimizer<Real> optimizer(options.rule, arrays);
  Minibatch<Real> minibatch(network, data, options.scoring, options.batchSize, Layer<Real>::Use::training);
  Sampler sampler(data, options.order, options.seed);
  Buffer<Real> gradient(network.parameterCount());
  std::vector<Buffer<Real>> slabs;
  for (size_t s = 0; s < optimizer.stateCount(); ++s) slabs.emplace_back(network.parameterCount());
  std::vector<const Real*> gradients;
  std::vector<Real*> tensors, states;
  for (const TensorPlace& tensor : network.tensors()) {
    gradients.push_back(gradient.data() + tensor.offset);
    tensors.push_back(parameters.data() + tensor.offset);
    for (Buffer<Real>& slab : slabs) states.push_back(slab.data() + tensor.offset);
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
      optimizer.prepare(table, schedule(step).data(), step + 1);
      optimizer.update(table, alone, options.maximize ? Real(-1) : Real(1),
                       {gradients.data(), tensors.data(), states.data()});
      const Tally batch = minibatch.tally(count);
      Tally& tally = report.epochs.back();
      tally = {tally.loss + batch.loss, tally.correct + batch.correct, tally.examples + batch.examples};
    }
  }
  return report;
}

}  // namespace glissade
