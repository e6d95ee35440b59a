#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/dataset.h"
#include "losses/loss.h"
#include "matrix/buffer.h"
#include "models/network.h"
#include "optimizers/rule.h"
#include "training/step_records.h"
#include "training/tally.h"
#include "training/trained_model.h"

namespace glissade {

/// Examples to take a step on each, and the record of each step.
struct Singles {
  const Dataset* data;
  const uint32_t* rows;
  StepRecords records;

  size_t count() const { return records.count; }
  Singles from(size_t begin, size_t end) const { return {data, rows + begin, records.from(begin, end)}; }
};

/// Steps of a linear model on one example at a time: of little more than a dot product, so that what a step in general
/// costs beside its products would be most of it. The parameters are brought together, updated and put back, example by
/// example; nothing is put back that is not finite.
template <typename Real>
class LinearSteps {
 public:
  /// For a linear model under a rule that leaves rows alone whose inputs are 0; else none. The model and the scoring
  /// outlive this.
  static std::unique_ptr<LinearSteps> of(TrainedModel<Real>& model, const Scoring& scoring);

  /// Whether the next step can be taken here with this record.
  bool canTake(const double* record) const;

  /// Whether several members may take such steps at a time: each touches few rows of a sparse matrix.
  bool isSparse() const { return isSparse_; }

  /// Makes room for so many members that take steps on examples of `data` at a time.
  void reserve(size_t members, const Dataset& data);

  /// Takes steps first, first + 1, … on examples in turn, and adds to the tally. Returns how many before one that it
  /// leaves, with nothing changed, to those who can take back a step: its numbers are too large, or not finite. Several
  /// members may call this, each for examples of its own; then they write over each other's steps now and then. The
  /// first step of all is to be taken alone.
  size_t take(size_t member, const Singles& examples, int64_t first, Tally& tally);

  /// Takes note of steps on the first of these examples. One member calls this, after all have been taken.
  void conclude(const Singles& examples, size_t count);

 private:
  /// A tensor and its states, and how it is updated.
  struct Array {
    const Rule<Real>* rule;
    size_t begin;  // of its hyperparameters, in a record
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

  LinearSteps(TrainedModel<Real>& model, const Scoring& scoring);

  Array arrayOf(size_t tensor) const;
  void start(const Singles& first);

  Part read(Scratch& scratch, const Dataset& data, uint32_t row) const;
  bool update(Scratch& scratch, const Part& part, const double* record, int64_t t) const;
  void prefetch(const SparseTable& sparse, const Singles& examples, size_t i) const;
  /// The largest size of a number, for which a few need no call.
  Real sizeOf(const Real* numbers, size_t count) const {
    return count == 1 ? std::abs(*numbers) : table_.magnitude(numbers, count);
  }

  TrainedModel<Real>& model_;
  const KernelsOf<Real>& table_;
  const Scoring& scoring_;
  const size_t inputs_, outputs_;
  const bool isSparse_;  // the inputs
  const Real scale_;     // −1 where the loss is maximized
  const size_t recordLength_;
  const Array weight_, bias_;  // the latter without a rule, where there are none
  const bool areFar_;          // weights and states: beyond the second-level cache
  std::vector<Scratch> scratch_;
};

}  // namespace glissade
