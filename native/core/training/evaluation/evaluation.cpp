#include "training/evaluation/evaluation.h"

#include <algorithm>
#include <span>
#include <utility>

namespace glissade {

namespace {

/// Rows that a network takes at once: as many on each rank.
template <typename Real>
size_t rowsAtOnce(const Network<Real>& network, const Dataset& data) {
  const size_t most = data.shards ? std::ranges::max(data.shards->sizes) : data.rows();
  return std::min(network.forwardRows(), most);
}

}  // namespace

template <typename Real>
Evaluation<Real>::Evaluation(const Kernels& kernels, std::shared_ptr<const Network<Real>> network, Dataset data,
                             Scoring scoring, Precision precision, MetricPlan metrics, std::shared_ptr<Ranks> ranks)
    : network_(std::move(network)),
      data_(std::move(data)),
      order_(data_, Sampler::Order::sequential, 0),
      minibatch_(*network_, kernels, std::move(scoring), rowsAtOnce(*network_, data_), Use::forward, precision),
      ranks_(std::move(ranks)) {
  minibatch_.reserveTargets(data_.targets->columns);
  order_.startEpoch(0);
  if (!metrics.metrics.empty())
    sheet_ = std::make_unique<ScoreSheet>(std::move(metrics), data_.targets->columns / network_->positions(),
                                          network_->outputs(), minibatch_.rowsOf(data_.rowsOfAll()),
                                          minibatch_.rowsOf(minibatch_.rows()) * ranks_->size());
}

template <typename Real>
void Evaluation<Real>::restart() {
  next_ = round_ = 0;
  awaitsLoss_ = false;
  tally_ = {};
  if (sheet_) sheet_->restart();
}

template <typename Real>
size_t Evaluation<Real>::count() const {
  const size_t rows = minibatch_.rows();
  if (data_.shards) return data_.shards->rowsBetween(round_ * rows, (round_ + 1) * rows);
  return std::min(rows * ranks_->size(), order_.size() - next_);
}

template <typename Real>
Range Evaluation<Real>::part() const {
  const size_t rows = minibatch_.rows();
  if (data_.shards) return {std::min(round_ * rows, order_.size()), std::min((round_ + 1) * rows, order_.size())};
  const Range part = ranks_->part(count());
  return {next_ + part.begin, next_ + part.end};
}

template <typename Real>
bool Evaluation<Real>::advance(const Member& member, const Real* parameters) {
  const Range part = this->part();
  const size_t count = part.size();
  if (next_ == 0) {
    minibatch_.workspace().refresh(member, parameters);
    member.barrier();
  }
  minibatch_.gather(member, data_, order_.rows() + part.begin, count);
  member.barrier();
  minibatch_.forward(member, {count}, {parameters, nullptr}, data_);
  member.barrier();
  if (sheet_) {
    if (member.isFirst()) gatherMinibatch();
    member.barrier();
    if (!ranks_->hasFailed()) sheet_->read(member.share(minibatch_.rowsOf(this->count())), outputs_, targets_);
    member.barrier();
  }
  if (member.isFirst()) {
    awaitsLoss_ = minibatch_.hasCustomLoss() && count > 0;
    if (!awaitsLoss_) endMinibatch();
  }
  member.barrier();
  return !finished();
}

template <typename Real>
void Evaluation<Real>::takeLoss(double mean) {
  const size_t count = part().size();
  minibatch_.takeLoss(mean, count, count);
  awaitsLoss_ = false;
  endMinibatch();
}

template <typename Real>
void Evaluation<Real>::endMinibatch() {
  const size_t count = this->count();
  tally_.add(minibatch_.tally(part().size()));
  if (sheet_ && !ranks_->hasFailed()) sheet_->add(minibatch_.rowsOf(count), weights_);
  next_ += count;
  ++round_;
  if (finished()) {
    order_.finish();
    sumTallies();
  } else {
    order_.from(part().begin, 0);
  }
}

template <typename Real>
template <typename Item>
const Item* Evaluation<Real>::ofAllRanks(const Item* mine, size_t count, std::vector<std::byte>& room) {
  return reinterpret_cast<const Item*>(ranks_->together(std::as_bytes(std::span(mine, count)), room).data());
}

/// Gathers what metrics are computed from, of all rows of the minibatch.
template <typename Real>
void Evaluation<Real>::gatherMinibatch() {
  const size_t rows = minibatch_.rowsOf(part().size());
  outputs_ = ofAllRanks(minibatch_.predicted(), rows * network_->outputs(), rooms_[0]);
  targets_ = ofAllRanks(minibatch_.targets(), rows * (data_.targets->columns / network_->positions()), rooms_[1]);
  weights_ = ofAllRanks(minibatch_.weights(), rows, rooms_[2]);
}

/// Sums those of all ranks, in their order.
template <typename Real>
void Evaluation<Real>::sumTallies() {
  const Tally mine = std::exchange(tally_, {});
  const Tally* const all = ofAllRanks(&mine, 1, rooms_[0]);
  for (size_t rank = 0; rank < ranks_->size() && !ranks_->hasFailed(); ++rank) tally_.add(all[rank]);
}

template <typename Real>
std::vector<std::vector<double>> Evaluation<Real>::metrics() {
  return sheet_ ? sheet_->results() : std::vector<std::vector<double>>();
}

template <typename Real>
Evaluated evaluate(std::shared_ptr<const Network<Real>> network, const Real* parameters, Dataset data, Scoring scoring,
                   Precision precision, MetricPlan metrics, const CustomLoss<Real>& custom,
                   std::shared_ptr<Ranks> ranks, const std::string& identity) {
  ranks->checkSameCall(identity);
  Evaluation<Real> evaluation(kernels(), std::move(network), std::move(data), std::move(scoring), precision,
                              std::move(metrics), ranks);
  evaluation.setTeamSize(Engine::instance().threads());
  do {
    ranks->run(
        [&](const Member& member) { return evaluation.advance(member, parameters) && !evaluation.awaitsLoss(); });
    if (evaluation.awaitsLoss()) evaluation.takeLoss(custom(evaluation.awaited()));
  } while (!evaluation.finished());
  ranks->throwIfFailed();
  return {evaluation.tally(), evaluation.metrics()};
}

template class Evaluation<float>;
template class Evaluation<double>;
template Evaluated evaluate(std::shared_ptr<const Network<float>>, const float*, Dataset, Scoring, Precision,
                            MetricPlan, const CustomLoss<float>&, std::shared_ptr<Ranks>, const std::string&);
template Evaluated evaluate(std::shared_ptr<const Network<double>>, const double*, Dataset, Scoring, Precision,
                            MetricPlan, const CustomLoss<double>&, std::shared_ptr<Ranks>, const std::string&);

}  // namespace glissade
