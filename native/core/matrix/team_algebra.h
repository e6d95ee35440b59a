// The algebra of a team over matrices.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "kernels/kernels.h"
#include "matrix/arena.h"
#include "matrix/operand.h"
#include "matrix/panels.h"
#include "matrix/team_product.h"
#include "parallel/team.h"

namespace glissade {

/// A matrix in panels, in memory of an arena, or the transpose of one.
template <typename Real>
struct TeamMatrix {
  size_t rows = 0, columns = 0;
  Flow<Real> numbers{};
  RoundedMatrix<Real> rounded;  // room for the pairs that its products in bfloat16 read
  bool isTransposed = false;    // whether `numbers` and `rounded` are of its transpose

  TeamMatrix() = default;
  TeamMatrix(Arena& arena, size_t panelWidth, size_t rows, size_t columns)
      : rows(rows), columns(columns), numbers{{}, (rows | 1) * panelWidth, panelWidth} {
    numbers.data.values = arena.take<Real>(size(panelWidth));
  }

  /// How many numbers its panels have room for.
  size_t size(size_t panelWidth) const { return ceilingOf(columns, panelWidth) * numbers.panelStride; }

  Real& at(size_t i, size_t j) const {
    if (isTransposed) std::swap(i, j);
    const size_t width = numbers.rowStride;
    return numbers.data.values[j / width * numbers.panelStride + i * width + j % width];
  }
};

template <typename Real>
TeamMatrix<Real> transposed(TeamMatrix<Real> matrix) {
  std::swap(matrix.rows, matrix.columns);
  matrix.isTransposed = !matrix.isTransposed;
  return matrix;
}

/// Products and sums of matrices, which all members of a team compute together. They are complete when a function
/// returns. The bits follow from the sizes of matrices alone. A result overlaps no other argument.
template <typename Real>
class TeamAlgebra {
 public:
  using Matrix = TeamMatrix<Real>;

  /// `precision` is that of the factors in products.
  TeamAlgebra(const Kernels& kernels, const Member& member, Precision precision)
      : kernels_(kernels),
        member_(member),
        isRounded_(std::is_same_v<Real, float> && precision == Precision::bfloat16) {}

  /// C ← A·B.
  void multiply(const Matrix& a, const Matrix& b, const Matrix& c) const {
    round(a, a.isTransposed ? Pairing::rows : Pairing::columns);
    round(b, b.isTransposed ? Pairing::columns : Pairing::rows);
    if (isRounded_) member_.barrier();
    productOf(a, b, c).forEach([&](const auto& product) { glissade::multiply(product, kernels_, member_, c.rows); });
    member_.barrier();
  }

  /// C ← A·Aᵀ, which equals its transpose to the bit: panels are computed down to the diagonal, and mirrored.
  void gram(const Matrix& a, const Matrix& c) const {
    round(a, a.isTransposed ? Pairing::rows : Pairing::columns);
    if (isRounded_) member_.barrier();
    const size_t width = panelWidth(), panels = ceilingOf(c.columns, width);
    const auto rowsOf = [&](size_t panel) -> Range { return {panel * width, std::min(c.rows, (panel + 1) * width)}; };
    productOf(a, transposed(a), c).forEach([&](const auto& product) {
      for (size_t panel = member_.index(); panel < panels; panel += member_.count())
        glissade::multiply(product, kernels_, PanelRange{0, rowsOf(panel).end, panel, panel + 1});
    });
    member_.barrier();
    for (size_t panel = member_.index(); panel < panels; panel += member_.count())
      for (size_t i = rowsOf(panel).begin; i < rowsOf(panel).end; ++i)
        for (size_t j = 0; j < panel * width; ++j) c.at(i, j) = c.at(j, i);
    member_.barrier();
  }

  /// to ← weight · from + rest · to, for matrices that are both or neither transposed.
  void blend(Real weight, const Matrix& from, Real rest, const Matrix& to) const {
    const Range share = member_.share(to.size(panelWidth()), 16);
    kernels_.of<Real>().blend(weight, rest, from.numbers.data.values + share.begin,
                              to.numbers.data.values + share.begin, share.size());
    member_.barrier();
  }

  /// Reads a matrix that is stored row by row: to ← scale · from.
  void pack(Real scale, const Real* from, const Matrix& to) const {
    forEach(to, [&](size_t i, size_t j) { to.at(i, j) = scale * from[i * to.columns + j]; });
  }
  /// Writes a matrix that is stored row by row: to ← weight · from + rest · to.
  void unpack(Real weight, const Matrix& from, Real rest, Real* to) const {
    forEach(from, [&](size_t i, size_t j) {
      Real& x = to[i * from.columns + j];
      const Real term = weight * from.at(i, j);
      x = rest == 0 ? term : rest * x + term;
    });
  }

  /// The sum of the squares of a matrix that is stored row by row. Writes those of each row.
  double squares(const Real* values, size_t rows, size_t columns, double* byRow) const {
    const Range share = member_.share(rows);
    for (size_t i = share.begin; i < share.end; ++i)
      byRow[i] = kernels_.of<Real>().squares(values + i * columns, columns);
    member_.barrier();
    double sum = 0;
    for (size_t i = 0; i < rows; ++i) sum += byRow[i];
    return sum;
  }

 private:
  size_t panelWidth() const { return kernels_.of<Real>().panelWidth; }

  OperandProduct<Real> productOf(const Matrix& a, const Matrix& b, const Matrix& c) const {
    OperandProduct<Real> product{operandOf(a), operandOf(b), c.numbers};
    product.values.columns = c.columns;
    product.values.depth = a.columns;
    return product;
  }
  Operand<Real> operandOf(const Matrix& matrix) const {
    Operand<Real> operand{constant(matrix.numbers)};
    if (isRounded_) operand = matrix.rounded.of(constant(matrix.numbers));
    operand.isTransposed = matrix.isTransposed;
    return operand;
  }

  /// Rounds this member's share of a factor.
  void round(const Matrix& matrix, Pairing pairing) const {
    if (!isRounded_) return;
    const Matrix stored = matrix.isTransposed ? transposed(matrix) : matrix;
    const Flow<const Real> numbers = constant(stored.numbers);
    if (pairing == Pairing::columns)
      matrix.rounded.pairColumns(kernels_, numbers, stored.columns, member_.share(stored.rows));
    else
      matrix.rounded.pairRows(kernels_, numbers, stored.columns, member_.share(stored.rows, 2), stored.rows);
  }

  /// Calls visit(i, j) for the elements of this member's rows.
  template <typename Visit>
  void forEach(const Matrix& matrix, Visit visit) const {
    const Range share = member_.share(matrix.rows);
    for (size_t i = share.begin; i < share.end; ++i)
      for (size_t j = 0; j < matrix.columns; ++j) visit(i, j);
    member_.barrier();
  }

  const Kernels& kernels_;
  const Member& member_;
  bool isRounded_;
};

}  // namespace glissade
