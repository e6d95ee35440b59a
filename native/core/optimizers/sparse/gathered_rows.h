#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "matrix/buffer.h"

namespace glissade {

/// A sparse gradient of one matrix: each row once, in ascending order. It is valid during the step that gathered it.
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
    sums_ = Buffer<Real>(checkedProduct(room, columns_));
    rows_.reserve(room);
    order_.resize(room);
  }

  /// Reads a gradient: `values` has a row for each of `rows`, in any order. Values of the same row are added in turn.
  /// Unless the gradient `mayChange`, rows that ascend are read where they are, so they must stay there for the step.
  void gather(const std::vector<uint32_t>& rows, const Real* values, bool mayChange) {
    const bool ascend = std::adjacent_find(rows.begin(), rows.end(), std::greater_equal<>()) == rows.end();
    rows_.clear();
    if (ascend) rows_.insert(rows_.end(), rows.begin(), rows.end());
    if (ascend && !mayChange) {
      values_ = values;
      return;
    }
    values_ = sums_.data();
    if (ascend)
      std::copy_n(values, rows.size() * columns_, sums_.data());
    else
      sum(rows, values);
  }

  const std::vector<uint32_t>& rows() const { return rows_; }
  const Real* row(size_t k) const { return values_ + k * columns_; }
  const Real* values() const { return values_; }
  /// The values to be changed. Only for a gradient that was gathered with `mayChange`.
  Real* changeable() { return sums_.data(); }
  size_t valueCount() const { return rows_.size() * columns_; }

 private:
  void sum(const std::vector<uint32_t>& rows, const Real* values) {
    for (size_t i = 0; i < rows.size(); ++i) order_[i] = uint64_t{rows[i]} << 32 | i;
    std::sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(rows.size()));
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<uint32_t>(order_[i] >> 32);
      const Real* const from = values + (order_[i] & UINT32_MAX) * columns_;
      const bool isNew = rows_.empty() || rows_.back() != row;
      if (isNew) rows_.push_back(row);
      Real* const to = sums_.data() + (rows_.size() - 1) * columns_;
      if (isNew)
        std::copy_n(from, columns_, to);
      else
        for (size_t j = 0; j < columns_; ++j) to[j] += from[j];
    }
  }

  size_t columns_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<uint64_t> order_;  // row of the matrix · 2³² + index in the gradient
  Buffer<Real> sums_;
  const Real* values_ = nullptr;  // those of the given gradient, or `sums_`
};

}  // namespace glissade
