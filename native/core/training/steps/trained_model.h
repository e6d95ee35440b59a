#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "models/network.h"
#include "optimizers/optimizer.h"
#include "system/memory.h"
#include "training/steps/trainer_options.h"

namespace glissade {

/// A sparse matrix that is updated lazily: a step updates only the rows that its minibatch touches.
struct LazyMatrix {
  size_t matrix;  // index in network->matrices()
  size_t array;   // index in optimizer.parameters()
};

/// Counts over the life of a trainer.
struct TrainingCounts {
  int64_t steps = 0;
  int64_t minibatches = 0;  // without those that failed
  int64_t skipped = 0;      // minibatches whose loss or gradient was not finite
  size_t waiting = 0;       // minibatches accumulated since the last step
};

/// A model in training: the network, its parameters, and the optimizer with its state. The parts of a trainer share it.
/// The slab of parameters must outlive it.
template <typename Real>
struct TrainedModel {
  TrainedModel(std::shared_ptr<const Network<Real>> trained, Real* slab, const TrainerOptions& options)
      : network(std::move(trained)),
        parameters(slab),
        optimizer(options.optimizer, arraysOf(options)),
        state(optimizer.layout().bytes()),
        lastRecord(recordLength()) {
    preferLargePages(parameters, network->parameterCount() * sizeof(Real), Contents::written);
    preferLargePages(state.data(), state.size(), Contents::fresh);
    for (const NetworkTensor& tensor : network->tensors()) tensors.push_back(parameters + tensor.offset);
    for (const size_t matrix : network->matrices().sparse())
      if (const size_t tensor = network->matrices()[matrix].tensor; optimizer.sparse().isLazy(tensor))
        lazy.push_back({matrix, tensor});
  }

  /// The memory that a call of the optimizer works on.
  StepArrays<Real> stepArrays(const Gradient* gradients = nullptr) { return {gradients, tensors.data(), state.data()}; }

  /// Steps counted in the optimizer's state. Within a step they may be one ahead of counts.steps.
  int64_t optimizerSteps() { return optimizer.stepsOf(state.data()); }

  /// How many numbers a step record has (StepRecords).
  size_t recordLength() const { return optimizer.recordLength(); }

  /// Whether each of the network's matrices consists of frozen tensors only.
  std::vector<bool> frozenMatrices() const {
    std::vector<bool> frozen(network->matrices().count(), true);
    for (size_t i = 0; i < frozen.size(); ++i) {
      const ParameterMatrices::Matrix& matrix = network->matrices()[i];
      const Range place = matrix.elements({0, matrix.rows});
      for (size_t k = 0; k < network->tensors().size(); ++k) {
        const NetworkTensor& tensor = network->tensors()[k];
        const bool isWithin = tensor.size > 0 && tensor.offset >= place.begin && tensor.offset < place.end;
        if (isWithin && !optimizer.parameters()[k].frozen) frozen[i] = false;
      }
    }
    return frozen;
  }

  /// Pointers to the network's tensors in another slab of parameters.
  std::vector<Real*> tensorsIn(Buffer<Real>& slab) const {
    std::vector<Real*> places;
    for (const NetworkTensor& tensor : network->tensors()) places.push_back(slab.data() + tensor.offset);
    return places;
  }

  /// The largest magnitude in a range, or in a member's share, of a slab of parameters or gradients. Infinite if any
  /// number is not finite.
  Real largest(const Real* slab, const Range& range) const {
    return kernels.of<Real>().magnitude(slab + range.begin, range.end - range.begin);
  }
  Real largestOfShare(const Member& member, const Real* slab) const {
    return largest(slab, member.share(network->parameterCount()));
  }
  bool isFinite(const Real* slab) const { return std::isfinite(largest(slab, {0, network->parameterCount()})); }

  /// Whether a step with this record may divide by zero: the least ε of its rules is 0 or denormal.
  bool mayDivideByZero(const double* record) const {
    return optimizer.denominatorFloor(record) < std::numeric_limits<Real>::min();
  }

  /// Counts steps, the last of which had this record.
  void countSteps(int64_t count, const double* record) {
    counts.steps += count;
    std::copy_n(record, lastRecord.size(), lastRecord.data());
  }

  const Kernels& kernels = glissade::kernels();  // fixed for the life of the trainer
  const std::shared_ptr<const Network<Real>> network;
  Real* const parameters;
  Optimizer<Real> optimizer;
  std::vector<Real*> tensors;  // pointers into `parameters`
  Buffer<std::byte> state;     // of the optimizer
  std::vector<LazyMatrix> lazy;
  TrainingCounts counts;
  std::vector<double> lastRecord;  // zeros before the first step

 private:
  std::vector<Parameter> arraysOf(const TrainerOptions& options) const {
    std::vector<Parameter> arrays;
    for (size_t i = 0; i < network->tensors().size(); ++i) {
      const auto& [group, frozen, mayBeSparse] = options.tensors[i];
      const NetworkTensor& tensor = network->tensors()[i];
      arrays.push_back(
          {tensor.shape, group, frozen, mayBeSparse && tensor.isSparse, tensor.sides == Sides::outputsLast});
    }
    return arrays;
  }
};

}  // namespace glissade
