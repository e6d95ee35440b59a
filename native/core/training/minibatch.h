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
  double accuracy() const { return static_cast<double>(correct) / static_cast<double>(examples); }
};

/// Rows of a dataset on their way through a network: gathered, converted, forward, loss. Training and evaluation share
/// it.
template <typename Real>
class Minibatch {
 public:
  Minibatch(const Network<Real>& network, const Dataset& data, Scoring scoring, size_t rows,
            typename Layer<Real>::Use use)
      : network_(network),
        data_(data),
        scoring_(scoring),
        workspace_(network.allocate(rows, use)),
        inputs_(rows * data.inputs->columns),
        targets_(rows * data.targets->columns),
        values_(rows),
        correct_(rows) {}

  /// All members call this. Leaves the mean loss's gradient with respect to the outputs in the workspace, and each
  /// example's loss for `tally`.
  void forward(const Kernels& kernels, const Member& member, const Real* parameters, const uint32_t* rows,
               size_t count) {
    const KernelsOf<Real>& table = kernels.of<Real>();
    const Range share = member.share(count);
    gatherRows(table, *data_.inputs, rows, share.begin, share.end, inputs_.data());
    gatherRows(table, *data_.targets, rows, share.begin, share.end, targets_.data());
    member.barrier();
    const Real* const outputs = network_.forward(kernels, member, parameters, inputs_.data(), count, workspace_);
    table.loss(scoring_.loss,
               {outputs, targets_.data(), network_.outputs(), data_.targets->columns, share.begin, share.end,
                network_.outputGradient(workspace_), static_cast<Real>(1.0 / static_cast<double>(count)),
                values_.data(), scoring_.accuracy ? correct_.data() : nullptr});
    member.barrier();
  }

  /// After `forward` of as many rows: the gradient with respect to the parameters. All members call this.
  void backward(const Kernels& kernels, const Member& member, const Real* parameters, size_t count, Real* gradient) {
    network_.backward(kernels, member, parameters, inputs_.data(), count, workspace_, gradient);
  }

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
  const Dataset& data_;
  Scoring scoring_;
  Workspace<Real> workspace_;
  Buffer<Real> inputs_, targets_;
  Buffer<double> values_;
  Buffer<uint8_t> correct_;
};

}  // namespace glissade
