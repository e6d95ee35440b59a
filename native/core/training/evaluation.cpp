#include "training/evaluation.h"

#include <algorithm>
#include <utility>

namespace glissade {

template <typename Real>
Evaluation<Real>::Evaluation(std::shared_ptr<const Network<Real>> network, Dataset data, Scoring scoring)
    : network_(std::move(network)),
      data_(std::move(data)),
      order_(data_, Sampler::Order::sequential, 0),
      minibatch_(*network_, data_, scoring, std::min(kForwardRows, data_.rows()), Layer<Real>::Use::forward) {
  order_.startEpoch(0);
}

template <typename Real>
void Evaluation<Real>::restart() {
  next_ = 0;
  tally_ = {};
}

template <typename Real>
void Evaluation<Real>::advance(const Kernels& kernels, const Member& member, const Real* parameters) {
  const size_t count = std::min(kForwardRows, order_.size() - next_);
  minibatch_.forward(kernels, member, parameters, order_.rows() + next_, count);
  if (member.isFirst()) {
    const Tally batch = minibatch_.tally(count);
    tally_ = {tally_.loss + batch.loss, tally_.correct + batch.correct, tally_.examples + batch.examples};
    next_ += count;
  }
  member.barrier();
}

template <typename Real>
Job::Progress EvaluationJob<Real>::advance(Team& team) noexcept {
  team.parallel([&](const Member& member) { evaluation_.advance(kernels_, member, parameters_); });
  return evaluation_.finished() ? Progress::done : Progress::more;
}

template class Evaluation<float>;
template class Evaluation<double>;
template class EvaluationJob<float>;
template class EvaluationJob<double>;

}  // namespace glissade
