#include "data/shards.h"

#include <algorithm>
#include <numeric>

namespace glissade {
namespace {

/// A row of a shard, by its index there.
struct Row {
  size_t index, rank, size;  // size: of the shard

  /// Whether it comes before another one in an epoch: by (index + ½)/size, then by rank.
  bool operator<(const Row& other) const {
    const auto mine = static_cast<__uint128_t>(2 * index + 1) * other.size;
    const auto theirs = static_cast<__uint128_t>(2 * other.index + 1) * size;
    return mine != theirs ? mine < theirs : rank < other.rank;
  }
};

}  // namespace

size_t Shards::rows() const { return std::accumulate(sizes.begin(), sizes.end(), size_t{0}); }

size_t Shards::rowsBetween(size_t begin, size_t end) const {
  size_t sum = 0;
  for (const size_t size : sizes) sum += std::min(size, end) - std::min(size, begin);
  return sum;
}

std::vector<size_t> Shards::among(size_t count) const {
  const size_t rows = this->rows();
  std::vector<size_t> taken;
  size_t sum = 0;
  for (const size_t size : sizes) {
    const __uint128_t twice = static_cast<__uint128_t>(2 * size) * count;
    sum += taken.emplace_back(static_cast<size_t>((twice + rows) / (2 * rows)));  // their share, rounded
  }
  const bool isMore = sum > count;
  // The rows at the limit of each shard, the one to be given back or to be added next on top.
  const auto isBelow = [&](const Row& a, const Row& b) { return isMore ? a < b : b < a; };
  std::vector<Row> limits;
  for (size_t rank = 0; rank < sizes.size(); ++rank)
    if (isMore ? taken[rank] > 0 : taken[rank] < sizes[rank])
      limits.push_back({taken[rank] - (isMore ? 1 : 0), rank, sizes[rank]});
  std::make_heap(limits.begin(), limits.end(), isBelow);
  for (; sum != count; isMore ? --sum : ++sum) {
    std::pop_heap(limits.begin(), limits.end(), isBelow);
    Row& row = limits.back();
    isMore ? --taken[row.rank] : ++taken[row.rank];
    if (isMore ? row.index == 0 : row.index + 1 == row.size) {
      limits.pop_back();
      continue;
    }
    isMore ? --row.index : ++row.index;
    std::push_heap(limits.begin(), limits.end(), isBelow);
  }
  return taken;
}

Shards::Part Shards::part(size_t at, size_t count) const {
  const std::vector<size_t> before = among(at), after = among(at + count);
  size_t first = 0;
  for (size_t other = 0; other < rank; ++other) first += after[other] - before[other];
  return {before[rank], first, after[rank] - before[rank]};
}

}  // namespace glissade
