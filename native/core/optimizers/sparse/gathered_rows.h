#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "matrix/buffer.h"

namespace glissade {

/// A sparse gradient of one matrix: each row once, in ascending order. Keeps nothing from step to step.
template <typename Real>
class GatheredRows {
 public:
  GatheredRows() = default;
  explicit GatheredRows(size_t columns) : columns_(columns) {}

  /// Makes room for a gradient of this many rows.
  /// @throws std::bad_alloc, with nothing changed.
  void reserve(size_t rows) {
    if (order_.size() >= rows) return;
    const size_t room = rows + rows / 2;
    values_ = Buffer<Real>(room * columns_);
    rows_.reserve(room);
    order_.resize(room);
  }

  /// Reads a gradient: `values` has a row for each of `rows`, in any order. Values of the same row are added in turn.
  void gather(const std::vector<uint32_t>& rows, const Real* values) {
    for (size_t i = 0; i < rows.size(); ++i) order_[i] = uint64_t{rows[i]} << 32 | i;
    const auto end = order_.begin() + static_cast<std::ptrdiff_t>(rows.size());
    if (!std::is_sorted(order_.begin(), end)) std::sort(order_.begin(), end);
    rows_.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<uint32_t>(order_[i] >> 32);
      const Real* const from = values + (order_[i] & UINT32_MAX) * columns_;
      const bool isNew = rows_.empty() || rows_.back() != row;
      if (isNew) rows_.push_back(row);
      Real* const to = values_.data() + (rows_.size() - 1) * columns_;
      if (isNew)
        std::copy_n(from, columns_, to);
      else
        for (size_t j = 0; j < columns_; ++j) to[j] += from[j];
    }
  }

  const std::vector<uint32_t>& rows() const { return rows_; }
  const Real* row(size_t k) const { return values_.data() + k * columns_; }
  Real* values() { return values_.data(); }
  const Real* values() const { return values_.data(); }
  size_t valueCount() const { return rows_.size() * columns_; }

 private:
  size_t columns_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<uint64_t> order_;  // row of the matrix · 2³² + index in the gradient
  Buffer<Real> values_;
};

}  // namespace glissade
