#pragma once

#include <algorithm>
#include <utility>

#include "data/dataset.h"
#include "losses/loss.h"
#include "matrix/buffer.h"
#include "models/workspace.h"
#include "training/steps/custom_loss.h"
#include "training/steps/tally.h"

namespace glissade {

/// The rows of a minibatch, by their numbers in the tables of `data`.
struct Examples {
  const Dataset* data;
  const uint32_t* rows;
  size_t count;
  bool mustStep;  // forces an update even if fewer than `accumulate` gradients have come

  /// Where ranks share minibatches, whose examples these are. `whole`: those of all ranks, each of which takes its
  /// part. `rank`: those of this rank, which sends their number to the others. `shard`: those of this rank's shard.
  enum class Of { whole, rank, shard } of = Of::whole;
  // Of a shard: the place of its first example in the whole minibatch, and the size of the whole minibatch.
  size_t first = 0, whole = 0;

  size_t wholeCount() const { return of == Of::shard ? whole : count; }
};

/// Takes rows of a dataset through a network: gather, forward, loss, backward. Training and evaluation share it.
template <typename Real>
class Minibatch {
 public:
  /// `mode`: in training, a network that ends with a mean over members has a loss for each member.
  Minibatch(const Network<Real>& network, const Kernels& kernels, Scoring scoring, size_t rows, Use use,
            Precision precision, Mode mode = Mode::evaluation)
      : network_(network),
        kernels_(kernels.of<Real>()),
        scoring_(std::move(scoring)),
        workspace_(network, kernels, rows, use, precision, endFor(scoring_.loss), mode),
        rows_(rows),
        repeated_(rowsOf(rows) > rows * network.positions() ? rowsOf(rows) : 0),
        outputs_(checkedProduct(rows, workspace_.positions(), network.outputs())),
        outputGradient_(outputs_.size()),
        targets_(outputs_.size()),
        values_(rowsOf(rows)),
        weights_(values_.size()),
        lossWeights_(values_.size()),
        scales_(values_.size()),
        correct_(values_.size()),
        choosesScores_(mode == Mode::training && scoring_.loss == Loss::crossEntropy &&
                       scoring_.parameters.labelSmoothing == 0 && workspace_.choice() != Choice::none) {
    if (use != Use::tangents) return;
    outputTangents_ = Buffer<Real>(outputs_.size());
    outputGradientTangents_ = Buffer<Real>(outputs_.size());
  }

  /// crossEntropy takes logits, since it contains the softmax; so does focal.
  static End endFor(Loss loss) {
    return loss == Loss::crossEntropy || loss == Loss::focal ? End::logits : End::outputs;
  }

  /// How many examples there is room for.
  size_t rows() const { return rows_; }
  /// Outputs, targets, losses and weights have a row for each position of each example.
  size_t rowsOf(size_t examples) const { return examples * workspace_.positions(); }

  /// Changes the scores that are found from now on. The loss stays the same.
  void score(const Scoring& scoring) { scoring_ = scoring; }

  /// Makes room for targets of this many columns. There is always room for as many columns as outputs.
  void reserveTargets(size_t columns) {
    const size_t numbers = checkedProduct(columns, repeated_.size() > 0 ? repeated_.size() : rows());
    if (targets_.size() < numbers) targets_ = Buffer<Real>(numbers);
  }

  /// Makes room for a team of `members` members.
  void setTeamSize(size_t members) { workspace_.setTeamSize(members); }

  /// Gathers inputs, targets and weights of rows, by their numbers in the tables of `data`. All members call this
  /// together, and a barrier must follow.
  void gather(const Member& member, const Dataset& data, const uint32_t* rows, size_t count) {
    const Range share = shareOfRows(member, count);
    workspace_.gather(member, data, rows, count);
    const Table& targets = *data.targets;
    const Panels<Real> to = rowMajor(kernels_, targets_.data(), targets.columns);
    if (repeated_.size() == 0) {
      gatherRows(kernels_, targets, {0, targets.columns}, rows, share, to);
    } else {  // each member has the targets of its example
      const Range members = rowsOf(share);
      for (size_t i = members.begin; i < members.end; ++i) repeated_[i] = rows[i / workspace_.positions()];
      gatherRows(kernels_, targets, {0, targets.columns}, repeated_.data(), members, to);
    }
    weigh(share, data, rows);
  }

  /// After `gather`, with no barrier in between: lets the last layer choose what the loss of each row on a class is
  /// computed from. All members call this together, and a barrier must follow.
  void choose(const Member& member, const Batch& batch, const Dataset& data) {
    if (choosesScores_) workspace_.choose(member, batch, targetColumns(data) == 1 ? targets_.data() : nullptr);
  }

  /// Whether the caller computes the loss between `forward` and `backward` (`custom`, `takeLoss`).
  bool hasCustomLoss() const { return scoring_.loss == Loss::custom; }

  /// After `gather`: computes the loss of each row, and its gradient with respect to the outputs, unless the loss is a
  /// custom one. All members call this together, and a barrier must follow before another member's losses are read.
  void forward(const Member& member, const Batch& batch, const Track<const Real>& parameters, const Dataset& data) {
    const Range share = rowsOf(shareOfRows(member, batch.count));
    if (batch.lengths) leaveOutPadding(shareOfRows(member, batch.count), batch.lengths);
    workspace_.forward(member, batch, parameters, outputs());
    if (hasCustomLoss()) return;
    const Real* const chosen = workspace_.chosenTargets();
    const bool isWeighted = data.weights || batch.lengths || !scoring_.classWeights.empty();
    if (isWeighted) findScales(share, batch);
    const bool areDecisions = chosen && workspace_.choice() == Choice::decisions;
    LossRows<Real> rows{{outputs_.data(), outputTangents_.data()},
                        chosen ? chosen : targets_.data(),
                        workspace_.outputColumns(),
                        areDecisions ? workspace_.outputColumns() : targetColumns(data),
                        share.begin,
                        share.end,
                        outputGradient(),
                        static_cast<Real>(1.0 / static_cast<double>(rowsOf(batch.wholeCount()))),
                        values_.data(),
                        scoring_.accuracy ? correct_.data() : nullptr,
                        isWeighted ? scales_.data() : nullptr};
    if (!chosen) scoring_.describe(rows);
    kernels_.loss(areDecisions ? Loss::logistic : scoring_.loss, rows);
    if (chosen && !scoring_.classWeights.empty()) weighByClass(share);
  }

  /// After `forward` and a barrier: what a custom loss is computed from, and room for its gradient.
  CustomMinibatch<Real> custom(const Dataset& data, const Batch& batch) {
    return {outputs_.data(),       targets_.data(),    data.weights || batch.lengths ? weights_.data() : nullptr,
            rowsOf(batch.count),   network_.outputs(), targetColumns(data),
            outputGradient_.data()};
  }

  /// Takes a custom loss of `count` examples: all of their rows get the mean. `backward` may follow after a barrier.
  /// Rows whose weights are all 0 have neither loss nor gradient. Where they are a part of `whole` examples, the
  /// gradient is the part's in the mean over all.
  void takeLoss(double mean, size_t count, size_t whole) {
    const size_t rows = rowsOf(count), numbers = rows * network_.outputs();
    const bool counts = std::any_of(lossWeights_.data(), lossWeights_.data() + rows, [](double w) { return w > 0; });
    std::fill_n(values_.data(), rows, counts ? mean : 0);
    if (!counts) std::fill_n(outputGradient_.data(), numbers, Real(0));
    const auto share = static_cast<Real>(static_cast<double>(count) / static_cast<double>(whole));
    if (count < whole)
      for (size_t i = 0; i < numbers; ++i) outputGradient_[i] *= share;
  }

  /// After `forward`, with no barrier in between unless the loss is a custom one: computes the delta of each layer. All
  /// members call this together, and a barrier must follow.
  void backward(const Member& member, const Batch& batch, const Track<const Real>& parameters) {
    workspace_.backward(member, batch, parameters, outputs(), outputGradient());
  }

  Workspace<Real>& workspace() { return workspace_; }

  // After `forward` and a barrier, for each row.
  const Real* predicted() const { return outputs_.data(); }
  const Real* targets() const { return targets_.data(); }
  const double* weights() const { return weights_.data(); }

  /// The sums over the minibatch. Rows are added in order, so that the result does not depend on the team.
  Tally tally(size_t count) const {
    Tally tally{.examples = count};
    for (size_t i = 0; i < rowsOf(count); ++i) {
      tally.loss += weights_[i] * values_[i];
      tally.lossWeight += lossWeights_[i];
      tally.correct += weights_[i] * correct_[i];
      tally.weight += weights_[i];
    }
    return tally;
  }

 private:
  Track<Real> outputs() { return {outputs_.data(), outputTangents_.data()}; }
  Track<Real> outputGradient() { return {outputGradient_.data(), outputGradientTangents_.data()}; }

  Range rowsOf(const Range& examples) const { return {rowsOf(examples.begin), rowsOf(examples.end)}; }
  size_t targetColumns(const Dataset& data) const { return data.targets->columns / network_.positions(); }

  /// Computes the weights of this member's rows, without and with class weights. A position has its example's weight.
  void weigh(const Range& share, const Dataset& data, const uint32_t* rows) {
    const size_t columns = targetColumns(data), positions = workspace_.positions();
    for (size_t example = share.begin; example < share.end; ++example)
      for (size_t i = example * positions; i < (example + 1) * positions; ++i) {
        weights_[i] = data.weightAt(rows[example]);
        lossWeights_[i] = scoring_.lossWeight(weights_[i], static_cast<double>(targets_[i * columns]), columns);
      }
  }

  /// Gives no weight to positions beyond the lengths of examples.
  void leaveOutPadding(const Range& share, const uint32_t* lengths) {
    for (size_t example = share.begin; example < share.end; ++example)
      for (size_t i = rowsOf(example) + lengths[example]; i < rowsOf(example + 1); ++i)
        weights_[i] = lossWeights_[i] = 0;
  }

  /// Scale of each row's gradient: weight / Σ lossWeight (lossWeight / Σ where scores are chosen, whose losses know no
  /// weights of classes), so that the sum over rows is the gradient of the mean. 0 if
  /// Σ lossWeight is 0. Where ranks share the minibatch, its number of rows stands for Σ, which is not known yet.
  void findScales(const Range& share, const Batch& batch) {
    double sum = batch.part.ranks ? static_cast<double>(rowsOf(batch.part.whole)) : 0;
    for (size_t i = 0; i < rowsOf(batch.count) && !batch.part.ranks; ++i) sum += lossWeights_[i];
    const Buffer<double>& weights = workspace_.chosenTargets() ? lossWeights_ : weights_;
    for (size_t i = share.begin; i < share.end; ++i)
      scales_[i] = sum > 0 ? static_cast<Real>(weights[i] / sum) : Real(0);
  }

  /// Multiplies losses of chosen scores by the weights of their rows' classes.
  void weighByClass(const Range& share) {
    for (size_t i = share.begin; i < share.end; ++i)
      if (weights_[i] > 0) values_[i] *= lossWeights_[i] / weights_[i];
  }

  const Network<Real>& network_;
  const KernelsOf<Real>& kernels_;
  Scoring scoring_;
  Workspace<Real> workspace_;
  size_t rows_;
  Buffer<uint32_t> repeated_;  // by member of each example: the row of its targets. Empty unless members share targets
  Buffer<Real> outputs_, outputGradient_, targets_;
  Buffer<Real> outputTangents_, outputGradientTangents_;  // empty unless tangents are computed
  Buffer<double> values_, weights_, lossWeights_;
  Buffer<Real> scales_;
  Buffer<uint8_t> correct_;
  const bool choosesScores_;  // whether the last layer chooses scores for classes
};

}  // namespace glissade
