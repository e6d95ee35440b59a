// The arguments of a matrix product.
#pragma once

#include <cstddef>

#include "math/activation.h"
#include "matrix/pair.h"
#include "matrix/panels.h"

namespace glissade {

/// How many terms of a sum make a block, where the depth is kShortDepth at most: the terms of a block are added in
/// turn, from zero, then the blocks. A multiple of every panel's width.
constexpr size_t kBlockTerms = 128, kShortDepth = 2048;

/// The value of the column after C's last one, where the last panel has room for it. A layer's outputs are followed by
/// a column of ones.
enum class NextColumn { anything, zero, one };

/// How a product writes C: what it does with each tile of C after the tile's last term. The matrices have C's layout.
template <typename Real>
struct Epilogue {
  bool accumulates = false;  // adds to C instead of overwriting it
  Activation activation = Activation::identity;
  Real* keptPreactivation = nullptr;    // forward: where C before the activation is kept, or null
  const Real* output = nullptr;         // backward: the activation's output; C is multiplied by the derivative
  const Real* preactivation = nullptr;  // backward: the activation's argument, if its derivative needs that
  NextColumn nextColumn = NextColumn::anything;
};

/// A product of matrices, C = A·B, C = Aᵀ·B, C = A·Bᵀ or C = Aᵀ·Bᵀ.
///
/// Assumes    A in panels of adjacent rows (rowStride = NR) unless Aᵀ is given; B, Bᵀ and Aᵀ with any rowStride;
///            C apart from A and B
/// Alignment  that of the elements
/// Reads      B or Bᵀ up to a panel's row beyond its last element; `output` and `preactivation` as far as C is written
/// Writes     C up to the end of its last panel where its rowStride is NR; otherwise `columns` columns.
///            `keptPreactivation` likewise. One column more of C for `nextColumn`
/// Order      that of matrix/multiply.h, which follows from `depth` alone. `accumulates` adds the blocks of terms (the
///            stretches of a deep product) to C one after another
///
/// Pairs: where Element is Pair, `depth` counts pairs, and a term is the sum of two products. The depth is read in
/// multiples of kDepthGrain. Beyond `depth`, B holds zeros (unless Bᵀ is given) and A finite numbers (unless Aᵀ is).
template <typename Real, typename Element = Real>
struct Product {
  size_t columns = 0, depth = 0;
  Panels<const Element> a{}, b{};
  bool aIsTransposed = false, bIsTransposed = false;
  Panels<Real> c{};
  size_t firstRow = 0;  // the row of the product that C's memory begins with
  Epilogue<Real> epilogue{};
};

/// The sums of a product in parts, each a matrix in panels that has C's shape. `bias` is a row that is added to each
/// row of C, or null: the last block, where it has a single term whose element of A is 1.
template <typename Real>
struct PartialSums {
  const Panels<const Real>* parts;
  size_t count;
  const Real* bias;
};

/// Rows [rowBegin, rowEnd) of panels [panelBegin, panelEnd) of C.
struct PanelRange {
  size_t rowBegin, rowEnd, panelBegin, panelEnd;
};

}  // namespace glissade
