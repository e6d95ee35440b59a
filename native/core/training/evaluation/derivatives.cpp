#include "training/evaluation/derivatives.h"

#include <algorithm>
#include <utility>

#include "parallel/engine.h"

namespace glissade {
namespace {

template <typename Real>
size_t rowsFor(const Network<Real>& network, const Dataset& data, Mode mode) {
  return mode == Mode::training ? data.rows() : std::min(network.forwardRows(), data.rows());
}

}  // namespace

template <typename Real>
Differentiation<Real>::Differentiation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network,
                                       Dataset data, const Scoring& scoring, const Manner& manner, Use use)
    : kernels_(kernels),
      network_(std::move(network)),
      data_(std::move(data)),
      order_(data_, Sampler::Order::sequential, 0),
      minibatch_(*network_, kernels_, scoring, rowsFor(*network_, data_, manner.mode), use, Precision::full,
                 manner.mode),
      batch_{0, manner.mode, Random(manner.seed, Draw::dropout, 0).next()},
      gradient_(network_->parameterCount()) {
  order_.startEpoch(0);
  for (size_t i = 0; i < order_.size(); i += minibatch_.rows())  // parallel regions must not allocate
    minibatch_.workspace().reserveTouched(data_, order_.rows() + i, std::min(minibatch_.rows(), order_.size() - i));
  if (use == Use::tangents) tangent_ = Buffer<Real>(network_->parameterCount());
  if (order_.size() <= kTogether * minibatch_.rows()) return;
  gradientTogether_ = Buffer<Real>(gradient_.size());
  tangentTogether_ = Buffer<Real>(tangent_.size());
}

template <typename Real>
void Differentiation<Real>::restart(const Real* parameters, const Derivatives<Real>& derivatives) {
  parameters_ = {parameters, derivatives.direction};
  gradientSum_ = derivatives.gradient;
  productSum_ = derivatives.product;
  next_ = 0;
  tally_ = {};
}

template <typename Real>
bool Differentiation<Real>::advance(const Member& member) {
  const size_t count = std::min(minibatch_.rows(), order_.size() - next_);
  const Batch batch{count, batch_.mode, batch_.randomKey};
  if (next_ == 0) clear(member);
  minibatch_.gather(member, data_, order_.rows() + next_, count);
  minibatch_.choose(member, batch, data_);
  member.barrier();
  minibatch_.workspace().touch(member, count);
  minibatch_.forward(member, batch, parameters_, data_);
  minibatch_.backward(member, batch, parameters_);
  member.barrier();
  const auto weight = static_cast<Real>(minibatch_.tally(count).lossWeight);
  const KernelsOf<Real>& table = kernels_.of<Real>();
  const size_t number = next_ / minibatch_.rows();
  const bool isLast = number % kTogether == kTogether - 1 || next_ + count == order_.size();
  const auto add = [&](const Real* from, Real* together, Real* sum, const Range& place) {
    if (!sum) return;
    const size_t size = place.end - place.begin;
    Real* const to = (together ? together : sum) + place.begin;
    table.accumulate(weight, from, number % kTogether == 0, to, size);
    if (together && isLast) table.accumulate(1, to, number < kTogether, sum + place.begin, size);
  };
  minibatch_.workspace().forEachBlock(member, [&](size_t matrix, const Range& rows) {
    const Range place = network_->matrices()[matrix].elements(rows);
    const Track<Real> gradient = Track<Real>{gradient_.data(), tangent_.data()} + place.begin;
    minibatch_.workspace().blockGradient(member, batch, parameters_, matrix, rows, gradient);
    add(gradient.values, gradientTogether_.data(), gradientSum_, place);
    add(gradient.tangents, tangentTogether_.data(), productSum_, place);
  });
  member.barrier();
  if (member.isFirst()) {
    tally_.add(minibatch_.tally(count));
    next_ += count;
  }
  member.barrier();
  if (!finished()) return true;
  divide(member);
  return false;
}

/// Zeroes the sums. Those of statistics stay 0.
template <typename Real>
void Differentiation<Real>::clear(const Member& member) {
  const Range share = member.share(network_->parameterCount());
  for (Real* sums : {gradientSum_, productSum_})
    if (sums) std::fill(sums + share.begin, sums + share.end, Real(0));
}

/// Turns the sums into means. A barrier must follow.
template <typename Real>
void Differentiation<Real>::divide(const Member& member) {
  const Range share = member.share(network_->parameterCount());
  const double weight = tally_.lossWeight, factor = weight > 0 ? 1 / weight : 0;
  for (Real* sums : {gradientSum_, productSum_})
    for (size_t i = share.begin; sums && i < share.end; ++i)
      sums[i] = static_cast<Real>(factor * static_cast<double>(sums[i]));
}

template <typename Real>
double differentiate(const std::shared_ptr<const Network<Real>>& network, const Real* parameters, const Dataset& data,
                     const Scoring& scoring, const Manner& manner, const Derivatives<Real>& derivatives) {
  Differentiation<Real> work(kernels(), network, data, scoring, manner,
                             derivatives.direction ? Use::tangents : Use::training);
  work.setTeamSize(Engine::instance().threads());
  Buffer<Real> direction;
  if (derivatives.direction) {
    direction = Buffer<Real>(network->parameterCount());
    std::copy_n(derivatives.direction, direction.size(), direction.data());
  }
  work.restart(parameters,
               {derivatives.gradient, derivatives.direction ? direction.data() : nullptr, derivatives.product});
  Engine::instance().runForCaller([&](const Member& member) { return work.advance(member); });
  return work.tally().meanLoss();
}

template class Differentiation<float>;
template class Differentiation<double>;
template double differentiate(const std::shared_ptr<const Network<float>>&, const float*, const Dataset&,
                              const Scoring&, const Manner&, const Derivatives<float>&);
template double differentiate(const std::shared_ptr<const Network<double>>&, const double*, const Dataset&,
                              const Scoring&, const Manner&, const Derivatives<double>&);

}  // namespace glissade
