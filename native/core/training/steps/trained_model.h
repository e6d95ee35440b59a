#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "matrix/buffer.h"
#include "models/network.h"
#include "optimizers/optimizer.h"
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
  TrainedModel(std::shared_ptr<const Network<Real>> trained, Real* slab, const TrainerOptions& options);

  /// The memory that a call of the optimizer works on.
  Lent<Real> lent(const Gradient* gradients = nullptr) { return {gradients, tensors.data(), state.data()}; }

  /// Steps counted in the optimizer's state. Within a step they may be one ahead of counts.steps.
  int64_t optimizerSteps() { return optimizer.stepsOf(state.data()); }

  /// How many numbers a step record holds (StepRecords).
  size_t recordLength() const { return optimizer.recordLength(); }

  /// Whether each of the network's matrices consists of frozen tensors only.
  std::vector<bool> frozenMatrices() const;

  /// Pointers to the network's tensors in another slab of parameters.
  std::vector<Real*> tensorsIn(Buffer<Real>& slab) const;

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
    return optimizer.denominatorFloor(kernels, record) < std::numeric_limits<Real>::min();
  }

  /// Counts steps, the last of which had this record.
  void countSteps(int64_t count, const double* record);

  const Kernels& kernels = glissade::kernels();  // fixed for the life of the trainer
  const std::shared_ptr<const Network<Real>> network;
  Real* const parameters;
  Optimizer<Real> optimizer;
  std::vector<Real*> tensors;  // pointers into `parameters`
  Buffer<std::byte> state;     // of the optimizer
  std::vector<LazyMatrix> lazy;
  TrainingCounts counts;
  std::vector<double> lastRecord;  // zeros before the first step
};

}  // namespace glissade
