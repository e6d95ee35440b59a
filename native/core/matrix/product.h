// What a product of matrices is told.
#pragma once

#include <cstddef>

#include "math/activation.h"
#include "matrix/pair.h"
#include "matrix/panels.h"

namespace glissade {

enum class Following { anything, zero, one };

/// C = A·B of `depth` terms each, by the elements of A or Aᵀ, of B or Bᵀ. A's panels are adjacent rows (a rowStride of
/// panelWidth) unless it is Aᵀ that is given. B may be read up to a panel beyond its last element. A C with a rowStride
/// of panelWidth may be written up to the end of its last panel.
///
/// Each element is a sum of terms in blocks, in an order that matrix/multiply.h says. To accumulate is to add the
/// blocks of a product to what is there, one after another, or, where it is deeper than a stretch, its stretches.
///
/// Where A and B consist of pairs along the depth, a term is the sum of both products, and the depth is read in
/// multiples of kDepthGrain: B (unless Bᵀ is given) has zeros there, A (unless Aᵀ is) finite numbers.
template <typename Real, typename Element = Real>
struct Product {
  size_t columns, depth;
  Panels<const Element> a, b;
  bool aIsTransposed, bIsTransposed;
  Panels<Real> c;
  size_t firstRow = 0;  // which row of the product is the first of C's memory

  bool accumulates = false;  // adds to C

  // What happens to C's elements next, or nothing. `preactivation` and `output` lie as C does.
  Activation activation = Activation::identity;
  Real* preactivation = nullptr;  // where the activation needs its argument for the way back
  const Real* output = nullptr;   // on the way back, what was activated: C is multiplied with the derivative
  Following following = Following::anything;  // what column `columns` is set to, if it is in the last panel
};

/// Some rows and panels of C.
struct Block {
  size_t rowBegin, rowEnd, panelBegin, panelEnd;
};

}  // namespace glissade
