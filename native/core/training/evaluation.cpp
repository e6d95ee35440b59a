#include "training/evaluation.h"

#include <algorithm>
#include <utility>

namespace glissade {

template <typename Real>
Evaluation<Real>::Evaluation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data,
                             Scoring scoring, Precision precision, MetricPlan metrics)
    : network_(std::move(network)),
      data_(std::move(data)),
      order_(data_, Sampler::Order::sequential, 0),
      minibatch_(*network_, kernels, std::move(scoring), std::min(network_->forwardRows(), data_.rows()), Use::forward,
                 precision) {
  minibatch_.reserveTargets(data_.targets->columns);
  order_.startEpoch(0);
  if (!metrics.metrics.empty())
    sheet_ = std::make_unique<ScoreSheet>(std::move(metrics), data_.targets->columns, network_->outputs(), data_.rows(),
                                          minibatch_.rows());
}

template <typename Real>
void Evaluation<Real>::restart() {
  next_ = 0;
  awaitsLoss_ = false;
  tally_ = {};
  if (sheet_) sheet_->restart();
}

template <typename Real>
bool Evaluation<Real>::advance(const Member& member, const Real* parameters) {
  const size_t count = this->count();
  if (next_ == 0) {
    minibatch_.workspace().refresh(member, parameters);
    member.barrier();
  }
  minibatch_.gather(member, data_, order_.rows() + next_, count);
  member.barrier();
  minibatch_.forward(member, {count}, {parameters, nullptr}, data_);
  member.barrier();
  if (sheet_) {
    sheet_->read(member.share(count), minibatch_.predicted(), minibatch_.targets());
    member.barrier();
  }
  if (member.isFirst()) {
    awaitsLoss_ = minibatch_.hasCustomLoss();
    if (!awaitsLoss_) endMinibatch();
  }
  member.barrier();
  return !finished();
}

template <typename Real>
void Evaluation<Real>::takeLoss(double mean) {
  minibatch_.takeLoss(mean, count(), count());
  awaitsLoss_ = false;
  endMinibatch();
}

template <typename Real>
void Evaluation<Real>::endMinibatch() {
  const size_t count = this->count();
  tally_.add(minibatch_.tally(count));
  if (sheet_) sheet_->add(count, minibatch_.weights());
  next_ += count;
  if (finished()) {
    order_.finish();
  } else {
    order_.from(next_, 1);
  }
}

template <typename Real>
std::vector<std::vector<double>> Evaluation<Real>::metrics() {
  return sheet_ ? sheet_->results() : std::vector<std::vector<double>>();
}

template <typename Real>
Evaluated evaluate(std::shared_ptr<const Network<Real>> network, const Real* parameters, Dataset data, Scoring scoring,
                   Precision precision, MetricPlan metrics, const CustomLoss<Real>& custom) {
  Evaluation<Real> evaluation(kernels(), std::move(network), std::move(data), std::move(scoring), precision,
                              std::move(metrics));
  evaluation.setTeamSize(Engine::instance().threads());
  do {
    Engine::instance().runForCaller(
        [&](const Member& member) { return evaluation.advance(member, parameters) && !evaluation.awaitsLoss(); });
    if (evaluation.awaitsLoss()) evaluation.takeLoss(custom(evaluation.awaited()));
  } while (!evaluation.finished());
  return {evaluation.tally(), evaluation.metrics()};
}

template class Evaluation<float>;
template class Evaluation<double>;
template Evaluated evaluate(std::shared_ptr<const Network<float>>, const float*, Dataset, Scoring, Precision,
                            MetricPlan, const CustomLoss<float>&);
template Evaluated evaluate(std::shared_ptr<const Network<double>>, const double*, Dataset, Scoring, Precision,
                            MetricPlan, const CustomLoss<double>&);

}  // namespace glissade
