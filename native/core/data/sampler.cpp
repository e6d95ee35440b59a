#include "data/sampler.h"

#include <numeric>
#include <utility>

namespace glissade {

void permute(std::vector<uint32_t>& order, Random random) {
  std::iota(order.begin(), order.end(), 0u);
  for (size_t left = order.size(); left > 1; --left)
    std::swap(order[left - 1], order[random.below(static_cast<uint32_t>(left))]);
}

Sampler::Sampler(Dataset data, Order order, uint64_t seed)
    : data_(std::move(data)), order_(order), seed_(seed), rows_(data_.rows()) {}

void Sampler::startEpoch(uint64_t epoch) {
  if (order_ == Order::permuted)
    permute(rows_, Random(seed_, Draw::order, epoch));
  else
    std::iota(rows_.begin(), rows_.end(), 0u);
  for (uint32_t& row : rows_) row = data_.rowAt(row);
}

}  // namespace glissade
