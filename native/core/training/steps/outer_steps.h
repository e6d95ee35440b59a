#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "distributed/rank_sums.h"
#include "matrix/buffer.h"
#include "training/steps/copy_share.h"
#include "training/steps/rank_steps.h"

namespace glissade {

/// Ranks that take separate steps and synchronise after some of them, by averaging their parameters or by an outer step
/// (DiLoCo: Douillard et al. 2023, arXiv:2311.08105, algorithm 1). The outer gradient is the parameters after the last
/// synchronisation minus the average of the ranks' current parameters. Running statistics are averaged.
template <typename Real>
class OuterSteps final : public RankSteps<Real> {
 public:
  using typename Cooperation<Real>::Start;

  OuterSteps(TrainedModel<Real>& model, MinibatchGradient<Real>& gradient, const TrainerOptions& options)
      : RankSteps<Real>(model, gradient, options),
        synchronization_(*options.synchronization),
        interval_(static_cast<int64_t>(synchronization_.every * options.accumulate)),
        rule_(ruleFor(model)),
        record_(rule_.recordLength()),
        state_(synchronization_.hasRule ? rule_.layout().bytes() : 0),
        start_(model.network->parameterCount()),
        outerGradient_(model.network->parameterCount()),
        sums_(ranks_, model.kernels) {
    constexpr double kDampening = 0, kNesterov = 1, kWeightDecay = 0;
    const double hyperparameters[] = {synchronization_.learningRate, synchronization_.momentum, kDampening, kNesterov,
                                      kWeightDecay};
    std::copy(std::begin(hyperparameters), std::end(hyperparameters), record_.begin() + kStepSettings);
    for (const NetworkTensor& tensor : model.network->tensors())
      gradients_.push_back({outerGradient_.data() + tensor.offset});
  }

  Examples take(const Examples& examples, RankPart& part) override {
    Examples mine = RankSteps<Real>::take(examples, part);
    mine.count = std::max<size_t>(1, mine.count);  // a step of its own needs an example
    return mine;
  }

  bool isSynchronizationDue() const override {
    const int64_t minibatches = model_.counts.minibatches;
    return minibatches != synchronizedAt_ && minibatches % interval_ == 0;
  }
  OuterSteps* outerSteps() override { return this; }

  /// Agrees on requests, and sums a tally over ranks.
  /// @throws Error ERR_MPI
  void agreeOn(Tally& tally) {
    this->beginAgreement({tally, {}});
    this->finishAgreement();
    ranks_.throwIfFailed();
    tally = this->totals().tally;
  }

  /// Synchronises the parameters, once all rows have caught up. All members call this together and pass a barrier
  /// afterwards. If an exchange fails, ranks_.hasFailed() is true afterwards.
  void synchronize(const Member& member) {
    const Range share = member.share(start_.size());
    Real* const theta = model_.parameters;
    for (size_t i = share.begin; i < share.end; ++i) outerGradient_[i] = start_[i] - theta[i];
    member.barrier();
    if (member.isFirst()) {
      synchronizedAt_ = model_.counts.minibatches;
      sums_.restart();
      sums_.finish(sums_.begin(outerGradient_.data(), outerGradient_.size()));
    }
    member.barrier();
    if (ranks_.hasFailed()) return;
    const auto size = static_cast<Real>(ranks_.size());
    for (size_t i = share.begin; i < share.end; ++i) {
      outerGradient_[i] /= size;
      theta[i] = start_[i] - outerGradient_[i];
    }
    member.barrier();
    // Tensors that are not trained keep the mean. The others go back to the start, from which the rule steps.
    if (synchronization_.hasRule) {
      for (size_t tensor = 0; tensor < gradients_.size(); ++tensor) {
        if (rule_.parameters()[tensor].frozen) continue;
        const size_t offset = model_.network->tensors()[tensor].offset;
        copyShare(member, start_.data() + offset, rule_.parameters().lengthOf(tensor), theta + offset);
      }
      member.barrier();
      rule_.step(model_.kernels, member, record_.data(), 1, true,
                 {gradients_.data(), model_.tensors.data(), state_.data()});
      member.barrier();
    }
    copyShare(member, theta, start_.size(), start_.data());
  }

  /// Follows when an image has restored the model: what was due before it is not due any more.
  void restored() { synchronizedAt_ = model_.counts.minibatches; }

  // What an image of the trainer saves: the parameters from which the next outer step starts, and the rule's state.
  Buffer<Real>& start() { return start_; }
  Buffer<std::byte>& state() { return state_; }
  /// Says what is wrong with a state that was filled elsewhere, without a full stop; empty if nothing is.
  std::string faultOf(std::byte* state) const { return rule_.faultOf(model_.kernels, state); }

 private:
  using RankSteps<Real>::model_;
  using RankSteps<Real>::ranks_;

  void shareParameters(Start start) override {
    RankSteps<Real>::shareParameters(start);
    synchronizedAt_ = model_.counts.minibatches;
    if (start == Start::atBeginning) std::copy_n(model_.parameters, start_.size(), start_.data());
  }

  /// Nesterov's momentum over the tensors that are trained.
  static Optimizer<Real> ruleFor(const TrainedModel<Real>& model) {
    OptimizerOptions options;
    options.rules = {"sgd.momentum"};
    options.scheduled = false;
    std::vector<Parameter> arrays;
    for (size_t i = 0; i < model.network->tensors().size(); ++i)
      arrays.push_back({model.network->tensors()[i].shape, 0, model.optimizer.parameters()[i].frozen});
    return Optimizer<Real>(std::move(options), std::move(arrays));
  }

  const Synchronization synchronization_;
  const int64_t interval_;      // minibatches from one synchronisation to the next
  int64_t synchronizedAt_ = 0;  // counts.minibatches
  Optimizer<Real> rule_;
  std::vector<double> record_;
  Buffer<std::byte> state_;
  Buffer<Real> start_;               // the parameters after the last synchronisation
  Buffer<Real> outerGradient_;       // start_ less the mean of the ranks' parameters
  std::vector<Gradient> gradients_;  // by tensor, in outerGradient_
  RankSums<Real> sums_;
};

}  // namespace glissade
