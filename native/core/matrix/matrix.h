#pragma once

#include <cstddef>
#include <utility>

#include "matrix/arena.h"
#include "matrix/operand.h"
#include "matrix/panels.h"
#include "parallel/team.h"

namespace glissade {

/// A matrix in panels, or the transpose of one.
template <typename Real>
struct Matrix {
  size_t rows = 0, columns = 0;
  Flow<Real> numbers{};
  RoundedMatrix<Real> rounded{};  // room for the pairs that its products in bfloat16 read
  bool isTransposed = false;      // whether `numbers` and `rounded` are of its transpose

  Matrix() = default;
  Matrix(size_t rows, size_t columns, const Flow<Real>& numbers) : rows(rows), columns(columns), numbers(numbers) {}
  Matrix(Arena& arena, size_t panelWidth, size_t rows, size_t columns, Tangents tangents = Tangents::none)
      : Matrix(rows, columns, {{}, (rows | 1) * panelWidth, panelWidth}) {
    numbers.data = arena.takeTrack<Real>(ceilingOf(columns, panelWidth) * numbers.panelStride, tangents);
  }

  /// Where element (i, j) lies, of a matrix whose rows are adjacent.
  size_t offset(size_t i, size_t j) const {
    if (isTransposed) std::swap(i, j);
    const size_t width = numbers.rowStride;
    return j / width * numbers.panelStride + i * width + j % width;
  }
  Real& at(size_t i, size_t j) const { return numbers.data.values[offset(i, j)]; }
};

/// Some rows of a matrix that is not transposed, in its memory.
template <typename Real>
Matrix<Real> rowsIn(const Matrix<Real>& matrix, const Range& rows) {
  return {rows.size(), matrix.columns, fromRow(matrix.numbers, rows.begin)};
}

}  // namespace glissade
