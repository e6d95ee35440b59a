#include "regression/factor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "regression/blocks.h"

namespace glissade {

FactorWork::FactorWork(const Kernels& kernels, const Design& design, std::vector<double> centre, bool hasIntercept,
                       size_t members)
    : kernels_(*kernels.regression),
      design_(design),
      centre_(std::move(centre)),
      first_(hasIntercept ? 1 : 0),
      size_(first_ + design.columns() + 1) {
  const auto columns = static_cast<double>(size_);
  shape_ = {design.rows(), chunksFor(design.rows(), size_ * size_, 4 * size_), blockRowsFor(size_),
            2 * columns * columns};
  for (size_t i = 0; i < shape_.chunks; ++i) factors_.emplace_back(size_ * size_);
  // Blocks of rows, and factors of chunks, which are merged as blocks.
  const size_t longest = std::max(shape_.blockRows, size_);
  for (size_t i = 0; i < members; ++i) blocks_.emplace_back(size_ * strideFor(longest));
}

void FactorWork::addRows(size_t chunk, const Range& rows, size_t member) noexcept {
  const DesignBlock block{blocks_[member].data(), rows.size(), size_, strideFor(shape_.blockRows)};
  const DesignBlock inputs{block.numbers + first_ * block.stride, block.rows, design_.columns(), block.stride};
  design_.expand(kernels_, rows, centre_.data(), inputs);
  double* const targets = block.numbers + (size_ - 1) * block.stride;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (first_ > 0) block.numbers[i] = 1;
    targets[i] = design_.target(rows.begin + i) - centre_.back();
  }
  if (design_.isWeighted())
    for (size_t i = 0; i < rows.size(); ++i) {
      const double root = std::sqrt(design_.weight(rows.begin + i));
      for (size_t j = 0; j < size_; ++j) block.numbers[j * block.stride + i] *= root;
    }
  kernels_.addToFactor(block, {block.rows, 0}, factors_[chunk].data());
}

void FactorWork::finish() noexcept {
  const size_t stride = strideFor(size_);
  for (size_t chunk = 1; chunk < factors_.size(); ++chunk) {
    double* const block = blocks_.front().data();
    for (size_t i = 0; i < size_; ++i)
      for (size_t j = i; j < size_; ++j) block[j * stride + i] = factors_[chunk][i * size_ + j];
    kernels_.addToFactor({block, size_, size_, stride}, {1, 1}, factors_.front().data());
  }
}

}  // namespace glissade
