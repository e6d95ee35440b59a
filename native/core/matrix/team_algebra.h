// The algebra of a team over matrices.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "kernels/kernels.h"
#include "kernels/layer_kernels.h"
#include "matrix/matrix.h"
#include "parallel/team.h"

namespace glissade {

/// `count` matrices of `rows` rows, one below another in one matrix: those of different examples and heads, say.
struct Stack {
  size_t count, rows;
};

/// Products and sums of matrices, which all members of a team compute together. They are complete when a function
/// returns. The bits follow from the sizes of matrices alone. A product overlaps no factor. Where a result has
/// tangents, its arguments have them, and products are not in bfloat16.
template <typename Real>
class TeamAlgebra {
 public:
  using Matrix = glissade::Matrix<Real>;
  using Factor = glissade::Matrix<const Real>;

  /// `precision` is that of the factors in products.
  TeamAlgebra(const Kernels& kernels, const Member& member, Precision precision = Precision::full)
      : kernels_(kernels),
        member_(member),
        isRounded_(std::is_same_v<Real, float> && precision == Precision::bfloat16) {}

  /// C ← A·B, for a C that is not transposed, as in all products. B, Bᵀ and Aᵀ may be row-major, as weights are; the
  /// rows of A and C are adjacent.
  void multiply(const Factor& a, const Factor& b, const Matrix& c) const { multiply(productOf(a, b, c)); }
  /// C ← C + A·B.
  void addProduct(const Factor& a, const Factor& b, const Matrix& c) const {
    OperandProduct<Real> product = productOf(a, b, c);
    product.epilogue.accumulates = true;
    multiply(product);
  }
  /// Cᵢ ← Aᵢ·Bᵢ for each matrix of stacks. `ofA`: that of A before it is transposed. A member computes whole products,
  /// whose factors are not rounded.
  void multiplyEach(const Stack& ofA, const Factor& a, const Factor& b, const Matrix& c) const {
    const TeamAlgebra alone(kernels_, Member(0, 1));
    const Range share = member_.share(ofA.count);
    for (size_t i = share.begin; i < share.end; ++i) {
      const Factor left = item(a, i, ofA.rows), right = item(b, i, b.isTransposed ? c.columns : left.columns);
      alone.multiply(left, right, item(c, i, left.rows));
    }
    member_.barrier();
  }

  /// C ← A·Aᵀ, which equals its transpose to the bit: panels are computed down to the diagonal, and mirrored.
  void gram(const Factor& a, const Matrix& c) const {
    round(a, a.isTransposed ? Pairing::rows : Pairing::columns);
    if (isRounded_) member_.barrier();
    const OperandProduct<Real> product{operandOf(a), operandOf(transposed(a)), c.numbers};
    const size_t width = panelWidth(), panels = ceilingOf(c.columns, width);
    const auto rowsOf = [&](size_t panel) -> Range { return {panel * width, std::min(c.rows, (panel + 1) * width)}; };
    for (size_t panel = member_.index(); panel < panels; panel += member_.count())
      glissade::multiply(product, kernels_, PanelRange{0, rowsOf(panel).end, panel, panel + 1});
    member_.barrier();
    linearly(constant(c.numbers), c.numbers, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      for (size_t panel = member_.index(); panel < panels; panel += member_.count())
        for (size_t j = 0; j < panel * width; ++j) {  // no division for each element
          const Range rows = rowsOf(panel);
          const Real* const row = from.data + c.offset(j, rows.begin);
          Real* const column = to.data + c.offset(0, j);
          for (size_t i = rows.begin; i < rows.end; ++i) column[i * to.rowStride] = row[i - rows.begin];
        }
    });
    member_.barrier();
  }

  /// to ← weight · from + rest · to, for matrices that are both or neither transposed. They may be the same. Where both
  /// have adjacent rows, this includes the numbers after the last column in its panel.
  void blend(Real weight, const Factor& from, Real rest, const Matrix& to) const {
    const size_t width = panelWidth(), columns = stored(to).columns;
    const Range share = member_.share(stored(to).rows);
    const bool areAdjacent = from.numbers.rowStride == width && to.numbers.rowStride == width;
    linearly(constant(from.numbers), to.numbers, [&](const Panels<const Real>& x, const Panels<Real>& y) {
      for (size_t column = 0; column < columns; column += width)
        for (size_t i = share.begin; i < share.end; i += areAdjacent ? share.size() : 1)
          kernels_.of<Real>().blend(weight, rest, x.data + column / width * x.panelStride + i * x.rowStride,
                                    y.data + column / width * y.panelStride + i * y.rowStride,
                                    areAdjacent ? share.size() * width : std::min(width, columns - column));
    });
    member_.barrier();
  }

  /// sums[j] ← the sum of column j. The sums of rows are those of the columns of the transpose.
  void sumColumns(const Factor& a, const Track<Real>& sums) const {
    const size_t width = panelWidth(), rows = a.rows;
    const Range share = a.isTransposed ? member_.share(a.columns) : member_.share(ceilingOf(a.columns, width));
    linearly(constant(a.numbers), Flow<Real>{sums, 0, 0}, [&](const Panels<const Real>& from, const Panels<Real>& to) {
      for (size_t i = share.begin; i < share.end; ++i) {
        if (a.isTransposed) {
          double sum = 0;
          for (size_t k = 0; k < rows; ++k) sum += static_cast<double>(from.data[a.offset(k, i)]);
          to.data[i] = static_cast<Real>(sum);
        } else {
          const Panels<const Real> panel{from.data + i * from.panelStride, from.panelStride, from.rowStride};
          kernels_.of<Real>().layers->sumColumns(panel, rows, std::min(width, a.columns - i * width),
                                                 to.data + i * width);
        }
      }
    });
    member_.barrier();
  }

  /// Reads a matrix that is stored row by row: to ← scale · from.
  void pack(Real scale, const Real* from, const Matrix& to) const {
    forEach(to, [&](size_t i, size_t j) { to.at(i, j) = scale * from[i * to.columns + j]; });
  }
  /// Writes a matrix that is stored row by row: to ← weight · from + rest · to.
  void unpack(Real weight, const Factor& from, Real rest, Real* to) const {
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

  template <typename Number>
  static glissade::Matrix<Number> stored(const glissade::Matrix<Number>& matrix) {
    return matrix.isTransposed ? transposed(matrix) : matrix;
  }

  /// Matrix i of a stack whose matrices have so many rows before it is transposed.
  template <typename Number>
  static glissade::Matrix<Number> item(const glissade::Matrix<Number>& stack, size_t i, size_t rows) {
    const glissade::Matrix<Number> matrix = rowsIn(stored(stack), {i * rows, (i + 1) * rows});
    return stack.isTransposed ? transposed(matrix) : matrix;
  }

  /// A·B, after the factors are rounded if products are in bfloat16.
  OperandProduct<Real> productOf(const Factor& a, const Factor& b, const Matrix& c) const {
    round(a, a.isTransposed ? Pairing::rows : Pairing::columns);
    round(b, b.isTransposed ? Pairing::columns : Pairing::rows);
    if (isRounded_) member_.barrier();
    return {operandOf(a), operandOf(b), c.numbers};
  }
  Operand<Real> operandOf(const Factor& matrix) const {
    Operand<Real> operand =
        (isRounded_ ? matrix.rounded : RoundedMatrix<Real>()).of(matrix.numbers, matrix.rows, matrix.columns);
    operand.isTransposed = matrix.isTransposed;
    return operand;
  }
  void multiply(const OperandProduct<Real>& product) const {
    glissade::multiply(product, kernels_, member_, product.a.rows);
    member_.barrier();
  }

  /// Rounds this member's share of a factor.
  void round(const Factor& factor, Pairing pairing) const {
    if (!isRounded_) return;
    const Factor matrix = stored(factor);
    const Flow<const Real>& numbers = matrix.numbers;
    if (pairing == Pairing::columns)
      matrix.rounded.pairColumns(kernels_, numbers, matrix.columns, member_.share(matrix.rows));
    else
      matrix.rounded.pairRows(kernels_, numbers, matrix.columns, member_.share(matrix.rows, 2), matrix.rows);
  }

  /// Calls visit(i, j) for the elements of this member's rows.
  template <typename Visit>
  void forEach(const Factor& matrix, Visit visit) const {
    const Range share = member_.share(matrix.rows);
    for (size_t i = share.begin; i < share.end; ++i)
      for (size_t j = 0; j < matrix.columns; ++j) visit(i, j);
    member_.barrier();
  }

  const Kernels& kernels_;
  Member member_;
  bool isRounded_;
};

}  // namespace glissade
