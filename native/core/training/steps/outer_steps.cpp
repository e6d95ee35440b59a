#include "training/steps/outer_steps.h"

#include <algorithm>
#include <utility>

namespace glissade {
namespace {

/// Nesterov's momentum over the tensors that are trained.
template <typename Real>
Optimizer<Real> ruleFor(const TrainedModel<Real>& model) {
  OptimizerOptions options;
  options.rules = {"sgd.momentum"};
  options.scheduled = false;
  std::vector<Parameter> arrays;
  for (size_t i = 0; i < model.network->tensors().size(); ++i)
    arrays.push_back({model.network->tensors()[i].shape, 0, model.optimizer.parameters()[i].frozen});
  return Optimizer<Real>(std::move(options), std::move(arrays));
}

}  // namespace

template <typename Real>
OuterSteps<Real>::OuterSteps(Communicator& ranks, TrainedModel<Real>& model, const Synchronization& synchronization)
    : ranks_(ranks),
      model_(model),
      hasRule_(synchronization.hasRule),
      rule_(ruleFor(model)),
      record_(rule_.recordLength()),
      state_(hasRule_ ? rule_.layout().bytes() : 0),
      start_(model.network->parameterCount()),
      outerGradient_(model.network->parameterCount()),
      sums_(ranks, model.kernels) {
  constexpr double kDampening = 0, kNesterov = 1, kWeightDecay = 0;
  const double hyperparameters[] = {synchronization.learningRate, synchronization.momentum, kDampening, kNesterov,
                                    kWeightDecay};
  std::copy(std::begin(hyperparameters), std::end(hyperparameters), record_.begin() + kStepSettings);
  for (const NetworkTensor& tensor : model.network->tensors())
    gradients_.push_back({outerGradient_.data() + tensor.offset});
}

template <typename Real>
void OuterSteps<Real>::copyShare(const Member& member, const Real* from, Real* to) const {
  const Range share = member.share(start_.size());
  std::copy(from + share.begin, from + share.end, to + share.begin);
}

template <typename Real>
void OuterSteps<Real>::synchronize(const Member& member) {
  const Range share = member.share(start_.size());
  Real* const theta = model_.parameters;
  for (size_t i = share.begin; i < share.end; ++i) outerGradient_[i] = start_[i] - theta[i];
  member.barrier();
  if (member.isFirst()) {
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
  if (hasRule_) {
    for (size_t tensor = 0; tensor < gradients_.size(); ++tensor) {
      if (rule_.parameters()[tensor].frozen) continue;
      const size_t offset = model_.network->tensors()[tensor].offset;
      const Range part = member.share(rule_.parameters().lengthOf(tensor));
      std::copy(start_.data() + offset + part.begin, start_.data() + offset + part.end, theta + offset + part.begin);
    }
    member.barrier();
    rule_.step(model_.kernels, member, record_.data(), 1, true,
               {gradients_.data(), model_.tensors.data(), state_.data()});
    member.barrier();
  }
  copyShare(member, theta, start_.data());
}

template class OuterSteps<float>;
template class OuterSteps<double>;

}  // namespace glissade
