#include "data/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "error.h"

namespace glissade {
namespace {

std::vector<double> weightsOf(const Dataset& data) {
  if (!data.weights) throw Error("ERR_INVALID_ARGUMENT", "sampling by weight needs data with weights");
  std::vector<double> weights(data.rows());
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = data.weights->at(data.rowAt(i), 0);
  return weights;
}

}  // namespace

void permute(std::vector<uint32_t>& order, Random random) {
  std::iota(order.begin(), order.end(), 0u);
  for (size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[random.below(static_cast<uint32_t>(left))]);
}

WeightedDraw::WeightedDraw(const std::vector<double>& weights) {
  sums_.reserve(weights.size());
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      throw Error("ERR_OUT_OF_RANGE",
                  "weights[" + std::to_string(i) + "] is " + std::to_string(weights[i]) + ", not a finite number ≥ 0");
    sums_.push_back(sum += weights[i]);
  }
  if (!(sum > 0 && std::isfinite(sum)))
    throw Error("ERR_OUT_OF_RANGE", std::string("the weights sum to ") + (sum > 0 ? "infinity" : "zero"));
}

uint32_t WeightedDraw::draw(Random& random) const {
  const auto place = std::upper_bound(sums_.begin(), sums_.end(), random.uniform() * sums_.back());
  if (place != sums_.end()) return static_cast<uint32_t>(place - sums_.begin());
  // The product was rounded up to the sum. The last row with a positive weight is drawn.
  return static_cast<uint32_t>(std::lower_bound(sums_.begin(), sums_.end(), sums_.back()) - sums_.begin());
}

Sampler::Sampler(Dataset data, Order order, uint64_t seed, size_t batchSize)
    : data_(std::move(data)), order_(order), seed_(seed), rows_(data_.rows()) {
  if (order_ == Order::weighted) weighted_.emplace(weightsOf(data_));
  if (order_ == Order::stratified) stratified_.emplace(strataOf(data_), std::min(batchSize, rows_.size()));
}

void Sampler::startEpoch(uint64_t epoch) {
  Random random(seed_, Draw::order, epoch);
  switch (order_) {
    case Order::permuted: permute(rows_, random); break;
    case Order::sequential: std::iota(rows_.begin(), rows_.end(), 0u); break;
    case Order::replacement:
      for (uint32_t& row : rows_) row = random.below(static_cast<uint32_t>(rows_.size()));
      break;
    case Order::weighted:
      for (uint32_t& row : rows_) row = weighted_->draw(random);
      break;
    case Order::stratified: stratified_->permute(rows_, random); break;
  }
  for (uint32_t& row : rows_) row = data_.rowAt(row);
}

Sampler::Order orderNamed(std::string_view name) {
  if (name == "permutation") return Sampler::Order::permuted;
  if (name == "sequential") return Sampler::Order::sequential;
  if (name == "replacement") return Sampler::Order::replacement;
  if (name == "weighted") return Sampler::Order::weighted;
  if (name == "stratified") return Sampler::Order::stratified;
  throw Error("ERR_INVALID_ARGUMENT", "unknown sampling \"" + std::string(name) + "\"");
}

}  // namespace glissade
