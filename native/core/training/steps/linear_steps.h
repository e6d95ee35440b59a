#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "data/dataset.h"
#include "losses/loss.h"
#include "matrix/buffer.h"
#include "matrix/collected_rows.h"
#include "models/network.h"
#include "optimizers/rule.h"
#include "training/steps/step_records.h"
#include "training/steps/tally.h"
#include "training/steps/trained_model.h"

namespace glissade {

/// Examples to take a step on each, by their rows in the tables of `data`, and the records of these steps.
struct Singles {
  const Dataset* data;
  const uint32_t* rows;
  StepRecords records;
  const double* before = nullptr;  // the record of the step before the first; null if that is the trainer's last step

  size_t count() const { return records.count; }
  Singles from(size_t begin, size_t end) const {
    return {data, rows + begin, records.from(begin, end), begin > 0 ? records[begin - 1] : before};
  }
};

/// Steps of a linear model on single examples. Each is little more than a dot product: the overhead of a step on a
/// minibatch would dominate. Touched sparse rows are collected, updated and, if finite, written back; dense weights are
/// updated in place. Where θ follows from states and the last hyperparameters (FTRL), a row lags until it is touched;
/// it then follows the hyperparameters of the step before.
template <typename Real>
class LinearSteps {
 public:
  /// Null unless the network is linear, a step is no more than its rules' updates (PlainSteps) on one minibatch of this
  /// process, and a sparse weight takes sparse gradients. `model` and `options` must outlive the result.
  static std::unique_ptr<LinearSteps> of(TrainedModel<Real>& model, const TrainerOptions& options);

  /// Whether the next step can be taken here with this record: it moves no untouched row, or only as θ follows from
  /// hyperparameters, it can't divide by zero, and no hyperparameter exceeds kExploding.
  bool canTake(const double* record) const;

  /// Whether the inputs are sparse. Members may then take steps at the same time, as each touches few rows.
  bool isSparse() const { return isSparse_; }

  /// Whether all rows must catch up before a step with this record. Rows that lag by the last step alone need not.
  bool mustCatchUpBefore(const double* record) const;

  /// Makes room for `members` members at a time, on examples of `data`.
  /// @throws std::bad_alloc
  void reserve(size_t members, const Dataset& data);

  /// Takes steps first, first + 1, … on the examples in turn, adds to `tally`, and returns how many were taken. Stops,
  /// with nothing changed, before a step that may need a rollback: a number is too large or not finite. Members may
  /// call this in parallel for examples of their own, and overwrite each other's updates now and then. The trainer's
  /// first step must be taken alone.
  size_t take(size_t member, const Singles& examples, int64_t first, Tally& tally);

  /// Counts steps on the first `count` of these examples. One member calls this, after all have been taken.
  void conclude(const Singles& examples, size_t count);

 private:
  /// A tensor and its states, and how it is updated.
  struct Array {
    const Rule<Real>* rule;
    size_t begin;  // where its hyperparameters begin in a record
    Elements<Real> elements;
    bool frozen;
  };

  /// Room to collect elements in.
  struct Room {
    Buffer<Real> theta, states[kMaxStates];

    Elements<Real> elements();
  };

  struct Scratch {
    Buffer<Real> x, gradient, zeros;
    Buffer<Real> outputs, targets, delta;  // a row for each of together_ examples
    Room weight, bias;
  };

  static constexpr size_t kTogether = 64;

  /// Of the examples in the scratch.
  struct Losses {
    double values[kTogether], weights[kTogether], lossWeights[kTogether];
    uint8_t correct[kTogether] = {};
  };

  struct alignas(16) Scalars {
    unsigned char bytes[kScalarBytes];
  };

  /// An example: inputs x, in Scratch::x, and the rows of W that they are multiplied with.
  struct Example {
    RowList list;        // rows is null for all rows
    Real largest;        // a bound of |x|
    const Real* weight;  // these rows: collected, or in place if they are all
  };

  LinearSteps(TrainedModel<Real>& model, const Scoring& scoring);

  Array arrayOf(size_t tensor) const;
  void start(const Singles& first);

  bool movesUntouchedRows(const double* record) const;
  void follow(Scratch& scratch, const RowList& list, const double* record, int64_t t) const;
  Example read(Scratch& scratch, const Dataset& data, uint32_t row) const;
  void findLoss(Scratch& scratch, const Example& example, double weight, size_t row, LossRows<Real>& loss,
                Losses& losses) const;
  void findValues(size_t rows, LossRows<Real>& loss, Losses& losses) const;
  bool update(Scratch& scratch, const Example& example, const Real* delta, const double* record, int64_t t) const;
  bool updateWeight(Scratch& scratch, const Example& example, const Real* delta, const double* record, int64_t t) const;
  void prefetch(const Singles& examples, size_t i) const;
  /// The largest magnitude. A single number needs no call.
  Real largestMagnitude(const Real* numbers, size_t count) const {
    return count == 1 ? std::abs(*numbers) : table_.magnitude(numbers, count);
  }

  TrainedModel<Real>& model_;
  const KernelsOf<Real>& table_;
  const Scoring& scoring_;
  const size_t inputs_, outputs_;
  const bool isSparse_;
  const Real scale_;  // −1 if the loss is maximized
  const size_t recordLength_;
  const Array weight_, bias_;  // bias_.rule is null if there are no biases
  const bool movesWeight_, movesBias_;
  const size_t together_;  // how many examples the scratch has rows for
  // Whether losses are found after the steps, those of all rows together. Not in float64, where the loss of moderate
  // outputs may be infinite, nor for several outputs, whose losses vectorise by themselves.
  const bool findsValuesLater_;
  const bool exceedsCache_;  // weights and states exceed the second-level cache
  std::vector<Scratch> scratch_;
};

}  // namespace glissade
