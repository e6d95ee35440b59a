#include "training/derivatives.h"

#include <algorithm>

#include "data/sampler.h"
#include "parallel/engine.h"

namespace glissade {
namespace {

/// The sums over a dataset, a minibatch at a time.
template <typename Real>
class Differentiation {
 public:
  Differentiation(const Network<Real>& network, Track<const Real> parameters, const Dataset& data,
                  const Scoring& scoring, const Manner& manner, const Derivatives<Real>& derivatives)
      : network_(network),
        parameters_(parameters),
        data_(data),
        order_(data, Sampler::Order::sequential, 0),
        minibatch_(network, kernels_, scoring, rowsFor(network, data, manner.mode),
                   derivatives.direction ? Use::tangents : Use::training, Precision::full),
        sums_{derivatives.gradient, derivatives.product},
        batch_{0, manner.mode, Random(manner.seed, Draw::dropout, 0).next()} {
    order_.startEpoch(0);
    gradient_ = Buffer<Real>(network.parameterCount());
    for (size_t i = 0; i < order_.size(); i += minibatch_.rows())  // here, where allocation may fail
      network.reserveTouched(data, order_.rows() + i, std::min(minibatch_.rows(), order_.size() - i),
                             minibatch_.workspace());
    if (derivatives.direction) tangent_ = Buffer<Real>(network.parameterCount());
  }

  const Tally& tally() const { return tally_; }

  /// The next minibatch. All members call this together; it tells whether there is more.
  bool advance(const Member& member) {
    const size_t count = std::min(minibatch_.rows(), order_.size() - next_);
    const Batch batch{count, batch_.mode, batch_.draw};
    minibatch_.gather(member, data_, order_.rows() + next_, count);
    member.barrier();
    network_.touch(member, count, minibatch_.workspace());
    minibatch_.forward(member, batch, parameters_, data_);
    minibatch_.backward(member, batch, parameters_);
    member.barrier();
    const auto weight = static_cast<Real>(minibatch_.tally(count).lossWeight);
    const KernelsOf<Real>& table = kernels_.of<Real>();
    network_.forEachBlock(member, minibatch_.workspace(), [&](size_t matrix, const Range& rows) {
      const Range place = network_.placeOf(matrix, rows);
      const Track<Real> gradient = Track<Real>{gradient_.data(), tangent_.data()} + place.begin;
      const Track<Real> sums = sums_ + place.begin;
      const size_t size = place.end - place.begin;
      network_.blockGradient(member, batch, parameters_, minibatch_.workspace(), matrix, rows, gradient);
      table.accumulate(weight, gradient.values, next_ == 0, sums.values, size);
      if (sums.tangents) table.accumulate(weight, gradient.tangents, next_ == 0, sums.tangents, size);
    });
    member.barrier();
    if (member.isFirst()) {
      tally_.add(minibatch_.tally(count));
      next_ += count;
    }
    member.barrier();
    return next_ < order_.size();
  }

 private:
  static size_t rowsFor(const Network<Real>& network, const Dataset& data, Mode mode) {
    return mode == Mode::training ? data.rows() : std::min(network.forwardRows(), data.rows());
  }

  const Kernels& kernels_ = glissade::kernels();
  const Network<Real>& network_;
  Track<const Real> parameters_;
  const Dataset& data_;
  Sampler order_;
  Minibatch<Real> minibatch_;
  Track<Real> sums_;
  Batch batch_;
  Buffer<Real> gradient_, tangent_;  // of a minibatch
  size_t next_ = 0;
  Tally tally_;
};

}  // namespace

template <typename Real>
double differentiate(const std::shared_ptr<const Network<Real>>& network, const Real* parameters, const Dataset& data,
                     const Scoring& scoring, const Manner& manner, const Derivatives<Real>& derivatives) {
  const size_t count = network->parameterCount();
  for (Real* sums : {derivatives.gradient, derivatives.product})
    if (sums) std::fill_n(sums, count, Real(0));
  Differentiation<Real> work(*network, {parameters, derivatives.direction}, data, scoring, manner, derivatives);
  Engine::instance().runForCaller([&](const Member& member) { return work.advance(member); });
  const double weight = work.tally().lossWeight, share = weight > 0 ? 1 / weight : 0;
  for (Real* sums : {derivatives.gradient, derivatives.product})
    for (size_t i = 0; sums && i < count; ++i) sums[i] = static_cast<Real>(share * static_cast<double>(sums[i]));
  return work.tally().meanLoss();
}

template double differentiate(const std::shared_ptr<const Network<float>>&, const float*, const Dataset&,
                              const Scoring&, const Manner&, const Derivatives<float>&);
template double differentiate(const std::shared_ptr<const Network<double>>&, const double*, const Dataset&,
                              const Scoring&, const Manner&, const Derivatives<double>&);

}  // namespace glissade
