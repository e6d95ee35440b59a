#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "matrix/buffer.h"

namespace glissade {

/// The rows of a sparse gradient of one matrix: each once, in ascending order. Keeps nothing from step to step.
template <typename Real>
class GatheredRows {
 public:
  GatheredRows() = default;
  explicit GatheredRows(size_t columns) : columns_(columns) {}

  /// Makes room for a gradient of so many rows.
  /// @throws std::bad_alloc, with nothing changed.
  void reserve(size_t rows);

  /// Takes in a gradient: `values` holds a row for each of `rows`, in any order. Those of one row are summed.
  void gather(const std::vector<uint32_t>& rows, const Real* values);

  const std::vector<uint32_t>& rows() const { return rows_; }
  const Real* row(size_t k) const { return values_.data() + k * columns_; }
  Real* values() { return values_.data(); }
  const Real* values() const { return values_.data(); }
  size_t valueCount() const { return rows_.size() * columns_; }

 private:
  size_t columns_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<uint64_t> order_;  // of the gradient's rows: which row of the matrix, and where in the gradient
  Buffer<Real> values_;
};

}  // namespace glissade
