#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "matrix/arena.h"
#include "matrix/operand.h"
#include "matrix/panels.h"
#include "parallel/team.h"

namespace glissade {

/// A matrix in panels, or the transpose of one. Matrix<const Real> is only read.
template <typename Real>
struct Matrix {
  size_t rows = 0, columns = 0;
  Flow<Real> numbers{};
  RoundedMatrix<std::remove_const_t<Real>> rounded{};  // room for the pairs that its products in bfloat16 read
  bool isTransposed = false;                           // whether `numbers` and `rounded` are of its transpose

  Matrix() = default;
  Matrix(size_t rows, size_t columns, const Flow<Real>& numbers) : rows(rows), columns(columns), numbers(numbers) {}
  Matrix(Arena& arena, size_t panelWidth, size_t rows, size_t columns, Tangents tangents = Tangents::none)
      : Matrix(rows, columns, {{}, (rows | 1) * panelWidth, panelWidth}) {
    numbers.data = arena.takeTrack<Real>(panelSize(rows | 1, columns, panelWidth), tangents);
  }

  operator Matrix<const Real>() const requires(!std::is_const_v<Real>) {
    Matrix<const Real> matrix(rows, columns, constant(numbers));
    matrix.rounded = rounded;
    matrix.isTransposed = isTransposed;
    return matrix;
  }

  /// Where element (i, j) lies.
  size_t offset(size_t i, size_t j) const {
    if (isTransposed) std::swap(i, j);
    const size_t width = std::min(numbers.panelStride, numbers.rowStride);
    return j / width * numbers.panelStride + i * numbers.rowStride + j % width;
  }
  Real& at(size_t i, size_t j) const { return numbers.data.values[offset(i, j)]; }
};

/// Some rows of a matrix that is not transposed, in its memory.
template <typename Real>
Matrix<Real> rowsIn(const Matrix<Real>& matrix, const Range& rows) {
  return {rows.size(), matrix.columns, fromRow(matrix.numbers, rows.begin)};
}

}  // namespace glissade
