// The simplest minibatch loop: one thread, no job, no slices. Runs must equal it bit for bit.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "optimizers/optimizer.h"
#include "parallel/denormals.h"
#include "training/runs/training_run.h"

namespace glissade {

/// The record of step 0, 1, …
using Schedule = std::function<std::vector<double>(int64_t)>;

/// The record of a step without clipping, averages and the like: zeros, then the hyperparameters of each group in
/// order.
inline std::vector<double> recordOf(std::vector<double> hyperparameters) {
  hyperparameters.insert(hyperparameters.begin(), sizeof(StepSettings) / sizeof(double), 0.0);
  return hyperparameters;
}

/// The treatments of the tensors of `layers` dense layers: weights in group 0, biases in group 1.
inline std::vector<TensorTreatment> weightsAndBiases(size_t layers) {
  std::vector<TensorTreatment> tensors;
  for (size_t i = 0; i < layers; ++i) tensors.insert(tensors.end(), {{0, false}, {1, false}});
  return tensors;
}

/// The gradient of a minibatch's mean loss with respect to all parameters. All members of a team compute it together.
template <typename Real>
void findGradient(const Network<Real>& network, Minibatch<Real>& minibatch, const Member& member, const Batch& batch,
                  const Real* parameters, const Dataset& data, const uint32_t* rows, Real* gradient) {
  const Track<const Real> point{parameters, nullptr};
  minibatch.workspace().refresh(member, parameters);
  member.barrier();
  minibatch.gather(member, data, rows, batch.count);
  member.barrier();
  minibatch.workspace().touch(member, batch.count);
  minibatch.forward(member, batch, point, data);
  minibatch.backward(member, batch, point);
  member.barrier();
  minibatch.workspace().forEachBlock(member, [&](size_t matrix, const Range& block) {
    minibatch.workspace().blockGradient(member, batch, point, matrix, block,
                                        {gradient + network.matrices()[matrix].elements(block).begin, nullptr});
  });
}

struct PlainOptions {
  TrainerOptions trainer{};
  RunOptions run{};
};

struct PlainReport {
  std::vector<Tally> epochs;  // including the unfinished one
};

/// Takes `steps` steps from `parameters`.
template <typename Real>
PlainReport trainPlainly(const Network<Real>& network, Buffer<Real>& parameters, const Dataset& data,
                         const PlainOptions& all, const Schedule& schedule, int64_t steps) {
  const auto& [options, run] = all;
  const FlushDenormals flush;
  const Kernels& table = kernels();
  const Member alone(0, 1);
  std::vector<Parameter> arrays;
  for (size_t i = 0; i < network.tensors().size(); ++i)
    arrays.push_back({network.tensors()[i].shape, options.tensors[i].group, options.tensors[i].frozen});
  Optimizer<Real> optimizer(options.optimizer, arrays);
  Minibatch<Real> minibatch(network, table, options.scoring, run.batchSize, Use::training, options.precision);
  Sampler sampler(data, run.order, run.seed);
  Buffer<Real> gradient(network.parameterCount());
  Buffer<std::byte> state(optimizer.layout().bytes());
  std::vector<Gradient> gradients;
  std::vector<Real*> tensors;
  for (const NetworkTensor& tensor : network.tensors()) {
    gradients.push_back({gradient.data() + tensor.offset});
    tensors.push_back(parameters.data() + tensor.offset);
  }

  PlainReport report;
  int64_t step = 0;
  for (uint64_t epoch = 0; step < steps; ++epoch) {
    sampler.startEpoch(epoch);
    report.epochs.emplace_back();
    for (size_t row = 0; row < sampler.size() && step < steps; row += run.batchSize, ++step) {
      const size_t count = std::min(run.batchSize, sampler.size() - row);
      const Batch batch{count, Mode::training, Random(options.seed, Draw::dropout, static_cast<uint64_t>(step)).next()};
      findGradient(network, minibatch, alone, batch, parameters.data(), data, sampler.rows() + row, gradient.data());
      optimizer.step(table, alone, schedule(step).data(), double(count), true,
                     {gradients.data(), tensors.data(), state.data()});
      minibatch.workspace().updateStatistics(batch, parameters.data());
      report.epochs.back().add(minibatch.tally(count));
    }
  }
  return report;
}

/// The data of a run's curvature probe, and the number of steps between probes.
struct Looks {
  Dataset data;
  size_t every;
};

/// A run of its own trainer, over parameters that outlive it.
template <typename Real>
std::shared_ptr<Run> runOf(std::shared_ptr<const Network<Real>> network, Buffer<Real>& parameters,
                           std::shared_ptr<Snapshot<Real>> snapshot, const Dataset& data, const PlainOptions& options,
                           const std::optional<Dataset>& validation = std::nullopt,
                           const std::optional<Looks>& looks = std::nullopt) {
  auto trainer = std::make_shared<Trainer<Real>>(network, parameters.data(), options.trainer);
  std::optional<Evaluation<Real>> evaluation;
  if (validation)
    evaluation.emplace(trainer->model().kernels, network, *validation, options.trainer.scoring,
                       options.trainer.precision);
  std::optional<CurvatureProbe<Real>> probe;
  if (looks) probe.emplace(trainer->model().kernels, network, looks->data, options.trainer.scoring, looks->every);
  return std::make_shared<TrainingRun<Real>>(trainer, snapshot, data, std::move(evaluation), std::move(probe),
                                             options.run);
}

}  // namespace glissade
