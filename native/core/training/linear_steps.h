#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/dataset.h"
#include "losses/loss.h"
#include "matrix/buffer.h"
#include "models/network.h"
#include "optimizers/optimizer.h"
#include "training/tally.h"

namespace glissade {

/// Examples to take a step on each, and the row of the optimizer's numbers of each step.
struct Singles {
  const Dataset* data;
  const uint32_t* rows;
  size_t count;
  const double* hyperparameters;
  size_t stride;  // 0, where one row serves all steps
};

/// Steps of a linear model on one example at a time: of little more than a dot product, so that what a step in general
/// costs beside its products would be most of it. The parameters are brought together, updated and put back, example by
/// example; nothing is put back that is not finite.
template <typename Real>
class LinearSteps {
 public:
  /// The model, if it is one that has such steps, under a rule that leaves rows alone whose inputs are 0; or none.
  static std::unique_ptr<LinearSteps> of(const Kernels& kernels, const Network<Real>& network, const Scoring& scoring,
                                         const Optimizer<Real>& optimizer, const std::vector<Real*>& tensors,
                                         std::byte* state);

  /// Makes room for so many members that take steps on examples of `data` at a time.
  void reserve(size_t members, const Dataset& data);

  bool isSparse() const { return isSparse_; }

  /// Takes steps first, first + 1, … on examples in turn, and adds to the tally. Returns how many before one that it
  /// leaves, with nothing changed, to those who can take back a step: its numbers are too large, or not finite.
  size_t take(size_t member, const Singles& examples, int64_t first, Tally& tally);

  /// After the first step of all: states take the values that they start from, where that one has not touched them.
  void start(const Singles& first);

 private:
  /// A tensor and its states, and how it is updated.
  struct Array {
    const Rule<Real>* rule;
    size_t row;  // where its hyperparameters begin in a row
    Real* theta;
    Real* states[kMaxStates];
    bool frozen;
  };

  struct Scratch {
    Buffer<Real> x, theta, gradient, states[kMaxStates];
    Buffer<Real> outputs, targets, delta, bias, biasStates[kMaxStates];
  };

  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  /// An example: so many numbers x, and the rows of W that they are multiplied with, gathered or in place.
  struct Part {
    const uint32_t* rows;  // none: all, in place
    size_t count;
    Real largest;  // of x
  };

  LinearSteps(const Kernels& kernels, const Scoring& scoring, size_t inputs, size_t outputs)
      : table_(kernels.of<Real>()), scoring_(scoring), inputs_(inputs), outputs_(outputs) {}

  Part read(Scratch& scratch, const Dataset& data, uint32_t row) const;
  bool update(Scratch& scratch, const Part& part, const double* hyperparameters, int64_t t) const;
  void prefetch(const SparseTable& sparse, const Singles& examples, size_t i) const;
  /// The largest size of a number, for which a few need no call.
  Real sizeOf(const Real* numbers, size_t count) const {
    return count == 1 ? std::abs(*numbers) : table_.magnitude(numbers, count);
  }

  const KernelsOf<Real>& table_;
  const Scoring& scoring_;  // the trainer's, which owns this
  size_t inputs_, outputs_, rowLength_ = 0;
  bool isSparse_ = false, areFar_ = false;  // the inputs; weights and states
  bool rowsRest_ = false;                   // without a gradient, also in the first step
  Real scale_ = 1;
  Array weight_{}, bias_{};  // the latter without a rule, where there are none
  std::vector<Scratch> scratch_;
};

}  // namespace glissade
