#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace glissade {

/// How many rows each rank has, if each rank has its own part of the data: a shard.
struct Shards {
  std::vector<size_t> sizes;
  size_t rank;  // this one

  size_t rows() const;
  /// How many rows all shards have from index `begin` to before `end`.
  size_t rowsBetween(size_t begin, size_t end) const;

  /// How many rows of each shard are among the first `count` of an epoch: in proportion to their sizes, and growing
  /// with `count` (Webster's method: row k of n has the place (k + ½)/n).
  std::vector<size_t> among(size_t count) const;

  /// A rank's part of a minibatch: its rows begin at `begin` of its shard, and at `first` of the minibatch.
  struct Part {
    size_t begin, first, count;
  };
  /// This rank's part of `count` rows of an epoch, behind the first `at`.
  Part part(size_t at, size_t count) const;
};

}  // namespace glissade
