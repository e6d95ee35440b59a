// What a product of matrices is told.
#pragma once

#include <cstddef>

#include "math/activation.h"
#include "matrix/pair.h"
#include "matrix/panels.h"

namespace glissade {

/// What the column after the last of C is set to, where its panel has one: a layer's outputs end in a column of ones.
enum class NextColumn { anything, zero, one };

/// A product of matrices, C = A·B, C = Aᵀ·B, C = A·Bᵀ or C = Aᵀ·Bᵀ.
///
/// Assumes    A in panels of adjacent rows (rowStride = NR) unless Aᵀ is given; B, Bᵀ and Aᵀ with any rowStride
/// Reads      B up to a panel beyond its last element
/// Writes     C up to the end of its last panel where its rowStride is NR; otherwise `columns` columns
/// Order      that of matrix/multiply.h, a function of `depth` alone. To accumulate is to add the blocks of terms, or
///            of a deep product the stretches, to what is there, one after another.
///
/// Where A and B consist of pairs along the depth, `depth` counts pairs, and a term is the sum of two products. The
/// depth is then read in multiples of kDepthGrain: B (unless Bᵀ is given) has zeros there, A (unless Aᵀ is) finite
/// numbers.
template <typename Real, typename Element = Real>
struct Product {
  size_t columns, depth;
  Panels<const Element> a, b;
  bool aIsTransposed, bIsTransposed;
  Panels<Real> c;
  size_t firstRow = 0;  // the row of the product that C's memory begins with

  bool accumulates = false;  // adds to C

  // The epilogue, on each tile of C when its last term is in. `preactivation` and `output` lie as C does.
  Activation activation = Activation::identity;
  Real* preactivation = nullptr;  // forward: keeps C before the activation, where that is needed for the way back
  const Real* output = nullptr;   // backward: the activation's output; C is multiplied by the derivative
  NextColumn nextColumn = NextColumn::anything;
};

/// Some rows of some panels of C.
struct PanelRange {
  size_t rowBegin, rowEnd, panelBegin, panelEnd;
};

}  // namespace glissade
