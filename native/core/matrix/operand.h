// Matrices as the factors of products.
#pragma once

#include <type_traits>
#include <utility>

#include "matrix/arena.h"
#include "matrix/team_product.h"

namespace glissade {

/// The type of the factors in matrix products. `full`: that of the numbers. `bfloat16`: factors are rounded to
/// bfloat16; products are summed in float32.
enum class Precision { full, bfloat16 };

/// A matrix as a factor of products. Where these are in bfloat16 it has pairs along the depth: of its columns if it is
/// A or Bᵀ, of its rows if it is B or Aᵀ.
template <typename Real>
struct Operand {
  size_t rows = 0, columns = 0;
  Flow<const Real> numbers{};
  Panels<const Pair> columnPairs{}, rowPairs{};  // null where there are none
  bool isTransposed = false;                     // whether these are of its transpose
};

/// The transpose of an operand, or of a Matrix, in the same memory.
template <typename Factor>
Factor transposed(Factor matrix) {
  std::swap(matrix.rows, matrix.columns);
  matrix.isTransposed = !matrix.isTransposed;
  return matrix;
}

/// Which pairs of a matrix are kept.
enum class Pairing { columns, rows, both };

/// A matrix rounded to bfloat16, in memory of an arena. Empty unless products are in bfloat16.
template <typename Real>
class RoundedMatrix {
 public:
  RoundedMatrix() = default;
  /// Takes room for a matrix of at most `rows` rows and `columns` columns, in panels of `width` columns.
  RoundedMatrix(Arena& arena, size_t width, size_t rows, size_t columns, Pairing pairing) : width_(width) {
    if (pairing != Pairing::rows) columnPairs_ = panelsFrom(arena, rows, pairDepth(columns));
    if (pairing != Pairing::columns) rowPairs_ = panelsFrom(arena, pairDepth(rows), columns);
  }

  const Panels<Pair>& columnPairs() const { return columnPairs_; }

  /// Rounds some rows of a matrix to pairs of columns, followed by zeros, if those are kept.
  void pairColumns(const Kernels& kernels, const Flow<const Real>& from, size_t columns, const Range& rows) const {
    if constexpr (std::is_same_v<Real, float>) {
      if (!columnPairs_.data) return;
      kernels.bfloat16.pairColumns(valuesOf(from), columns, rows.begin, rows.end, columnPairs_);
      clear(columnPairs_, rows, {ceilingOf(columns, 2), pairDepth(columns)});
    }
  }

  /// Rounds some rows of a matrix of `count` rows to pairs of rows, if those are kept. Zeros follow the last ones.
  /// rows.begin is even, and rows.end is even or `count`.
  void pairRows(const Kernels& kernels, const Flow<const Real>& from, size_t columns, const Range& rows,
                size_t count) const {
    if constexpr (std::is_same_v<Real, float>) {
      if (!rowPairs_.data || rows.begin >= rows.end) return;
      const size_t end = ceilingOf(rows.end, 2);
      kernels.bfloat16.pairRows(valuesOf(from), rows.end, columns, rows.begin / 2, end, rowPairs_);
      if (rows.end == count) clear(rowPairs_, {end, pairDepth(count)}, {0, ceilingOf(columns, width_) * width_});
    }
  }

  /// The matrix as a factor, with these pairs.
  Operand<Real> of(const Flow<const Real>& numbers, size_t rows, size_t columns) const {
    return {rows, columns, numbers, constant(columnPairs_), constant(rowPairs_)};
  }

 private:
  Panels<Pair> panelsFrom(Arena& arena, size_t rows, size_t columns) const {
    const size_t stride = (rows | 1) * width_;  // as in a PanelBuffer
    return {arena.take<Pair>(panelSize(rows | 1, columns, width_)), stride, width_};
  }
  void clear(const Panels<Pair>& pairs, const Range& rows, const Range& columns) const {
    for (size_t j = columns.begin; j < columns.end; ++j)
      for (size_t i = rows.begin; i < rows.end; ++i)
        pairs.data[j / width_ * pairs.panelStride + i * pairs.rowStride + j % width_] = Pair{};
  }

  size_t width_ = 1;
  Panels<Pair> columnPairs_{}, rowPairs_{};
};

/// C = A·B of operands and, where C has tangents, its derivative Ċ = ȦB + AḂ. With tangents, the products have no
/// activation: the caller applies it afterwards.
template <typename Real>
struct OperandProduct {
  Operand<Real> a, b;
  Flow<Real> c;
  Epilogue<Real> epilogue;
  size_t firstRow;  // as in Product

  OperandProduct(const Operand<Real>& a, const Operand<Real>& b, const Flow<Real>& c,
                 const Epilogue<Real>& epilogue = {}, size_t firstRow = 0)
      : a(a), b(b), c(c), epilogue(epilogue), firstRow(firstRow) {}

  /// Calls multiply(product) for C = A·B where both have pairs along the depth. Otherwise for AB and, with tangents,
  /// for ȦB and AḂ, in this order.
  template <typename Multiply>
  void forEach(Multiply multiply) const {
    if constexpr (std::is_same_v<Real, float>) {
      const Panels<const Pair>& left = a.isTransposed ? a.rowPairs : a.columnPairs;
      const Panels<const Pair>& right = b.isTransposed ? b.columnPairs : b.rowPairs;
      if (left.data && right.data) return multiply(of(ceilingOf(a.columns, 2), left, right));
    }
    Product<Real> p = valuesAlone();
    const bool isDual = c.data.tangents;
    if (isDual) {
      p.epilogue.activation = Activation::identity;
      p.epilogue.keptPreactivation = nullptr;
      p.epilogue.output = nullptr;
    }
    multiply(p);
    if (!isDual) return;
    if (epilogue.nextColumn == NextColumn::one) p.epilogue.nextColumn = NextColumn::zero;
    p.c = tangentsOf(c);
    p.a = tangentsOf(a.numbers);
    multiply(p);
    p.epilogue.accumulates = true;
    p.a = valuesOf(a.numbers);
    p.b = tangentsOf(b.numbers);
    multiply(p);
  }

  /// C = A·B of the values.
  Product<Real> valuesAlone() const { return of(a.columns, valuesOf(a.numbers), valuesOf(b.numbers)); }

 private:
  template <typename Element>
  Product<Real, Element> of(size_t depth, const Panels<const Element>& left, const Panels<const Element>& right) const {
    return {b.columns, depth, left, right, a.isTransposed, b.isTransposed, valuesOf(c), firstRow, epilogue};
  }
};

/// Computes a part of a product and of its tangents. A part is given as in matrix/team_product.h.
template <typename Real, typename... Part>
void multiply(const OperandProduct<Real>& product, const Kernels& kernels, const Part&... part) {
  product.forEach([&](const auto& p) { multiply(p, kernels, part...); });
}

}  // namespace glissade
