#pragma once

#include <algorithm>

#include "layers/shape.h"
#include "matrix/team_product.h"

namespace glissade {

/// The rows of a minibatch in blocks. Each block is summed by itself, and the sums are added in turn. The order then
/// does not depend on the size of the team.
class RowBlocks {
 public:
  explicit RowBlocks(const Shape& shape)
      : positions_(shape.positions()), rows_(std::min(ceilingOf(kLeast, positions_) * positions_, kMost)) {}

  size_t count(size_t examples) const { return ceilingOf(examples * positions_, rows_); }
  Range rows(size_t block, size_t examples) const {
    return {block * rows_, std::min((block + 1) * rows_, examples * positions_)};
  }

 private:
  static constexpr size_t kLeast = 16, kMost = 256;  // whole examples, unless they are large images
  size_t positions_, rows_;
};

/// total[j] ← Σ over blocks of sums[block · size + j], for j in `range`. Adds in double: images may have many thousands
/// of blocks.
template <typename Real>
void addBlocks(const Track<Real>& sums, size_t blocks, size_t size, const Range& range, const Track<Real>& total) {
  const auto add = [&](const Real* from, Real* to) {
    constexpr size_t kTogether = 16;
    for (size_t begin = range.begin; begin < range.end; begin += kTogether) {
      const size_t count = std::min(kTogether, range.end - begin);
      double totals[kTogether] = {};
      for (size_t block = 0; block < blocks; ++block)
        for (size_t j = 0; j < count; ++j) totals[j] += static_cast<double>(from[block * size + begin + j]);
      for (size_t j = 0; j < count; ++j) to[begin + j] = static_cast<Real>(totals[j]);
    }
  };
  add(sums.values, total.values);
  if (sums.tangents) add(sums.tangents, total.tangents);
}

}  // namespace glissade
