#include "training/evaluation.h"

#include <algorithm>
#include <utility>

namespace glissade {

template <typename Real>
Evaluation<Real>::Evaluation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data,
                             Scoring scoring, Precision precision)
    : network_(std::move(network)),
      data_(std::move(data)),
      order_(data_, Sampler::Order::sequential, 0),
      minibatch_(*network_, kernels, std::move(scoring), std::min(network_->forwardRows(), data_.rows()), Use::forward,
                 precision) {
  order_.startEpoch(0);
}

template <typename Real>
void Evaluation<Real>::restart() {
  next_ = 0;
  tally_ = {};
}

template <typename Real>
bool Evaluation<Real>::advance(const Member& member, const Real* parameters) {
  const size_t count = std::min(minibatch_.rows(), order_.size() - next_);
  if (next_ == 0) {
    minibatch_.workspace().refresh(member, parameters);
    member.barrier();
  }
  minibatch_.gather(member, data_, order_.rows() + next_, count);
  member.barrier();
  minibatch_.forward(member, {count}, {parameters, nullptr}, data_);
  member.barrier();
  if (member.isFirst()) {
    tally_.add(minibatch_.tally(count));
    next_ += count;
  }
  member.barrier();
  return !finished();
}

template <typename Real>
Tally evaluate(std::shared_ptr<const Network<Real>> network, const Real* parameters, Dataset data, Scoring scoring,
               Precision precision) {
  Evaluation<Real> evaluation(kernels(), std::move(network), std::move(data), std::move(scoring), precision);
  evaluation.setTeamSize(Engine::instance().threads());
  Engine::instance().runForCaller([&](const Member& member) { return evaluation.advance(member, parameters); });
  return evaluation.tally();
}

template class Evaluation<float>;
template class Evaluation<double>;
template Tally evaluate(std::shared_ptr<const Network<float>>, const float*, Dataset, Scoring, Precision);
template Tally evaluate(std::shared_ptr<const Network<double>>, const double*, Dataset, Scoring, Precision);

}  // namespace glissade
