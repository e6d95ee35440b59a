#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace glissade {

/// How many rows each rank has, where each has a part of the data of its own: a shard.
struct Shards {
  std::vector<size_t> sizes;
  size_t rank;  // this one

  size_t rows() const { return std::accumulate(sizes.begin(), sizes.end(), size_t{0}); }

  /// How many rows all shards have from index `begin` to before `end`.
  size_t rowsBetween(size_t begin, size_t end) const {
    size_t sum = 0;
    for (const size_t size : sizes) sum += std::min(size, end) - std::min(size, begin);
    return sum;
  }
};

/// Takes minibatches from all shards, from each in proportion to what it has left, so that all are used up at once.
class ShardCursor {
 public:
  explicit ShardCursor(std::shared_ptr<const Shards> shards)
      : shards_(std::move(shards)), left_(shards_->sizes), counts_(left_.size()) {}

  void restart() {
    left_ = shards_->sizes;
    rows_ = shards_->rows();
  }

  /// This rank's part of a minibatch: its rows begin at `begin` of its shard, and at `first` of the minibatch.
  struct Part {
    size_t begin, first, count;
  };

  /// Divides the next `count` rows, of those that are left. The cursor stays.
  Part next(size_t count) {
    size_t rows = rows_;
    for (size_t rank = 0; rank < left_.size(); ++rank) {
      // Rounded down, so no shard gives more than it has; what that leaves is for the later ones.
      counts_[rank] = rows == 0 ? 0 : static_cast<size_t>(static_cast<__uint128_t>(count) * left_[rank] / rows);
      count -= counts_[rank];
      rows -= left_[rank];
    }
    const size_t rank = shards_->rank;
    const auto mine = counts_.begin() + static_cast<std::ptrdiff_t>(rank);
    return {shards_->sizes[rank] - left_[rank], std::accumulate(counts_.begin(), mine, size_t{0}), *mine};
  }

  /// Goes on to behind the rows of the last `next`.
  void advance() {
    for (size_t rank = 0; rank < left_.size(); ++rank) {
      left_[rank] -= counts_[rank];
      rows_ -= counts_[rank];
    }
  }

 private:
  std::shared_ptr<const Shards> shards_;
  std::vector<size_t> left_, counts_;
  size_t rows_ = shards_->rows();
};

}  // namespace glissade
