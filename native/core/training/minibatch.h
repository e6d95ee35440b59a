#pragma once

#include "data/dataset.h"
#include "losses/loss.h"
#include "matrix/buffer.h"
#include "models/network.h"

namespace glissade {

/// What is computed of each example beside its gradient.
struct Scoring {
  Loss loss;
  bool accuracy;
};

/// Sums over examples.
struct Tally {
  double loss = 0;
  size_t correct = 0, examples = 0;

  double meanLoss() const { return loss / static_cast<double>(examples); }
  void add(const Tally& other) {
    loss += other.loss;
    correct += other.correct;
    examples += other.examples;
  }
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(examples); }
};

/// Rows of a dataset on their way through a network: gathered, converted, forward, loss. Training and evaluation share
/// it.
template <typename Real>
class Minibatch {
 public:
  Minibatch(const Network<Real>& network, const Kernels& kernels, Scoring scoring, size_t rows, Use use,
            Precision precision)
      : network_(network),
        kernels_(kernels.of<Real>()),
        scoring_(scoring),
        workspace_(network.allocate(kernels, rows, use, precision)),
        outputs_(rows * network.outputs()),
        outputGradient_(rows * network.outputs()),
        targets_(rows * network.outputs()),
        values_(rows),
        correct_(rows) {}

  size_t rows() const { return workspace_.rows; }

  /// Finds the loss of each of some rows, by their numbers in the data's tables, and its gradient with respect to the
  /// outputs. All members call this together, and a barrier must follow before
  /// another member's losses are read.
  void forward(const Member& member, const Real* parameters, const Dataset& data, const uint32_t* rows, size_t count) {
    const Range share = shareOfRows(member, count);
    const size_t targetColumns = data.targets->columns;
    gatherRows(kernels_, data.dense(), rows, share, workspace_.inputs.panels());
    gatherRows(kernels_, *data.targets, rows, share, rowMajor(kernels_, targets_.data(), targetColumns));
    member.barrier();
    network_.forward(member, count, parameters, workspace_, outputs_.data());
    kernels_.loss(scoring_.loss,
                  {outputs_.data(), targets_.data(), network_.outputs(), targetColumns, share.begin, share.end,
                   outputGradient_.data(), static_cast<Real>(1.0 / static_cast<double>(count)), values_.data(),
                   scoring_.accuracy ? correct_.data() : nullptr});
  }

  /// After `forward`, whose rows each member goes on from: the gradient with respect to what each layer computes. All
  /// members call this together, and a barrier must follow.
  void backward(const Member& member, const Real* parameters, size_t count) {
    network_.backward(member, count, parameters, workspace_, outputs_.data(), outputGradient_.data());
  }

  Workspace<Real>& workspace() { return workspace_; }

  /// The sums over the minibatch, in the order of its rows.
  Tally tally(size_t count) const {
    Tally tally{0, 0, count};
    for (size_t i = 0; i < count; ++i) {
      tally.loss += values_[i];
      tally.correct += correct_[i];
    }
    return tally;
  }

 private:
  const Network<Real>& network_;
  const KernelsOf<Real>& kernels_;
  Scoring scoring_;
  Workspace<Real> workspace_;
  Buffer<Real> outputs_, outputGradient_, targets_;
  Buffer<double> values_;
  Buffer<uint8_t> correct_;
};

}  // namespace glissade
