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
#include "training/trainer_options.h"

namespace glissade {

/// A sparse matrix of which a step updates only the rows that its minibatch touches.
struct LazyMatrix {
  size_t matrix;  // of the network
  size_t array;   // of the optimizer
};

/// What training has done since its beginning.
struct TrainingCounts {
  int64_t steps = 0;
  int64_t minibatches = 0;  // those that failed left out
  int64_t skipped = 0;      // minibatches whose loss or gradient was not finite
  size_t waiting = 0;       // minibatches whose gradients wait for their step
};

/// A model in training: the network, its parameters, and the optimizer with its state. The parts of a trainer share it.
/// The slab of parameters must outlive it.
template <typename Real>
struct TrainedModel {
  TrainedModel(std::shared_ptr<const Network<Real>> trained, Real* slab, const TrainerOptions& options);

  /// What a call of the optimizer works on.
  Lent<Real> lent(const Gradient* gradients = nullptr) { return {gradients, tensors.data(), state.data()}; }

  /// The step that the optimizer's state is of: within a step, the one that is not counted yet.
  int64_t optimizerSteps() { return optimizer.stepsOf(state.data()); }

  /// How many numbers a step record holds (StepSettings).
  size_t recordLength() const { return optimizer.recordLength(); }

  /// The tensors of the network in another slab.
  std::vector<Real*> tensorsIn(Buffer<Real>& slab) const;

  /// The largest magnitude in a range of a slab of parameters or gradients, and in a member's share of one; infinite
  /// where a number is not finite.
  Real largest(const Real* slab, const Range& range) const {
    return kernels.of<Real>().magnitude(slab + range.begin, range.end - range.begin);
  }
  Real largestOfShare(const Member& member, const Real* slab) const {
    return largest(slab, member.share(network->parameterCount()));
  }
  bool isFinite(const Real* slab) const { return std::isfinite(largest(slab, {0, network->parameterCount()})); }

  /// Whether a step with this record divides by numbers that may be zero.
  bool mayDivideByZero(const double* record) const {
    return optimizer.denominatorFloor(kernels, record) < std::numeric_limits<Real>::min();
  }

  /// Takes note of steps, the last one with this record.
  void countSteps(int64_t count, const double* record);

  const Kernels& kernels = glissade::kernels();  // to the end, whatever is chosen meanwhile
  const std::shared_ptr<const Network<Real>> network;
  Real* const parameters;
  Optimizer<Real> optimizer;
  std::vector<Real*> tensors;  // among the parameters
  Buffer<std::byte> state;     // of the optimizer
  std::vector<LazyMatrix> lazy;
  TrainingCounts counts;
  std::vector<double> lastRecord;  // of the last step
};

}  // namespace glissade
