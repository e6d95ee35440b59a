#pragma once

#include <algorithm>

#include "layers/shape.h"
#include "matrix/product.h"

namespace glissade {

/// The rows of a minibatch in blocks whose sums are added up in turn, so that the order of a sum does not depend on how
/// many members of a team share it.
class RowBlocks {
 public:
  explicit RowBlocks(const Shape& shape)
      : positions_(shape.positions()), examples_(ceilingOf(kRows, shape.positions())) {}

  size_t count(size_t examples) const { return ceilingOf(examples, examples_); }
  Range rows(size_t block, size_t examples) const {
    return {block * examples_ * positions_, std::min((block + 1) * examples_, examples) * positions_};
  }

 private:
  static constexpr size_t kRows = 16;
  size_t positions_, examples_;
};

/// Adds up `blocks` blocks of `size` numbers each: those at [begin, end) of each block.
template <typename Real>
void addBlocks(const Track<Real>& sums, size_t blocks, size_t size, const Range& range, const Track<Real>& total) {
  const auto add = [&](const Real* from, Real* to) {
    std::fill(to + range.begin, to + range.end, Real(0));
    for (size_t block = 0; block < blocks; ++block)
      for (size_t j = range.begin; j < range.end; ++j) to[j] += from[block * size + j];
  };
  add(sums.values, total.values);
  if (sums.tangents) add(sums.tangents, total.tangents);
}

}  // namespace glissade
