#pragma once

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
  void reserve(size_t rows);

  /// Reads a gradient: `values` has a row for each of `rows`, in any order. Values of the same row are added in turn.
  void gather(const std::vector<uint32_t>& rows, const Real* values);

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
