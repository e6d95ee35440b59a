#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "parallel/team.h"

namespace glissade {

/// The trained parameters of a network as matrices. Their gradients are computed in blocks of rows.
class ParameterMatrices {
 public:
  /// A matrix of trained parameters, and where it lies in the slab.
  struct Matrix {
    size_t layer, index;  // of the layer in the network, of the matrix in the layer
    size_t offset, rows, columns;
    size_t positions;  // of an example, which the gradient sums
    bool isSparse;     // whether a minibatch touches only some of its rows
    size_t tensor;     // if sparse: the index of its tensor in the network

    /// Where some rows of the matrix lie in the slab.
    Range elements(const Range& some) const { return {offset + some.begin * columns, offset + some.end * columns}; }

    /// How many rows make a block. Its gradient stays in the first-level cache, or for wide layers in the second.
    size_t blockRows() const { return std::max(kBlock / columns / kBlockRows * kBlockRows, kBlockRows); }
    /// The cost of a row's gradient: how many numbers are computed for it.
    size_t rowCost() const {
      constexpr size_t kLanes = 16;
      return (columns + kLanes - 1) / kLanes * kLanes * positions;
    }
    /// The row that is computed at `at` where its first row is computed at `before`, in numbers.
    size_t rowAt(size_t at, size_t before) const {
      const size_t row = at <= before ? 0 : (at - before) / rowCost();
      return row >= rows ? rows : row / kPaired * kPaired;
    }
  };

  void add(const Matrix& matrix) {
    if (matrix.isSparse) sparse_.push_back(list_.size());
    list_.push_back(matrix);
  }

  size_t count() const { return list_.size(); }
  const Matrix& operator[](size_t matrix) const { return list_[matrix]; }

  /// The indices of sparse matrices.
  const std::vector<size_t>& sparse() const { return sparse_; }

  /// How many numbers a block has, at most.
  size_t blockSize() const {
    size_t most = 0;
    for (const Matrix& matrix : list_)
      most = std::max(most, std::min(matrix.blockRows(), matrix.rows) * matrix.columns);
    return most;
  }

  /// How many positions of an example a gradient sums, at most.
  size_t mostPositions() const {
    size_t most = 1;
    for (const Matrix& matrix : list_) most = std::max(most, matrix.positions);
    return most;
  }

  static constexpr size_t kPaired = 2;  // rows that form a pair of bfloat16 stay together

 private:
  static constexpr size_t kBlock = 8192;  // numbers
  static constexpr size_t kBlockRows = 32;

  std::vector<Matrix> list_;
  std::vector<size_t> sparse_;
};

}  // namespace glissade
