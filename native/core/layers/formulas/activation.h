// Activations of rows, forward and backward.
//
// Assumes    matrices in panels with any strides; tangents of all of them or of none
// Alignment  that of the elements
// Writes     columns [0, columns) of rows [begin, end), in place; reads nothing beyond them
// Order      none: elements are independent
#pragma once

#include "layers/rows.h"
#include "math/activations.h"
#include "matrix/elements.h"

namespace glissade {
namespace {

/// Calls visit(row, column, count) for runs of adjacent elements: all rows of a whole panel if `areAdjacent`, else a
/// row of a panel. `areAdjacent` says that the rows of each panel are adjacent in every matrix that `visit` reaches.
template <typename Real, typename Visit>
inline void forEachAdjacent(size_t columns, size_t begin, size_t end, bool areAdjacent, Visit visit) {
  forEachPanel<Real>(columns, [&](size_t column, size_t width) {
    if (areAdjacent && width == kPanelWidth<Real>) return visit(begin, column, (end - begin) * width);
    for (size_t i = begin; i < end; ++i) visit(i, column, width);
  });
}

/// output ← activation(output). Keeps the argument in `preactivation`, unless that is null.
template <typename Real>
void activateRows(const ActivationRows<Real>& p) {
  const bool keeps = p.preactivation.data.values;
  constexpr size_t kWidth = kPanelWidth<Real>;
  const bool areAdjacent = p.output.rowStride == kWidth && (!keeps || p.preactivation.rowStride == kWidth);
  forEachAdjacent<Real>(p.columns, p.begin, p.end, areAdjacent, [&](size_t i, size_t column, size_t count) {
    const Track<Real> y = at(p.output, i, column);
    if (keeps) {
      const Track<Real> x = at(p.preactivation, i, column);
      for (size_t j = 0; j < count; ++j) x.values[j] = y.values[j];
      if (y.tangents)
        for (size_t j = 0; j < count; ++j) x.tangents[j] = y.tangents[j];
    }
    if (!y.tangents) return activate(p.activation, y.values, count);
    onActivation(p.activation, [&]<typename A>(A) {
      for (size_t j = 0; j < count; ++j) store(y, j, A::value(load<Dual<Real>>(y, j)));
    });
  });
}

/// gradient ← gradient ⊙ activation′, from `preactivation` if needsPreactivation(activation), else from `output`. The
/// other of the two may be null.
template <typename Real>
void activationBackwardRows(const ActivationBackwardRows<Real>& p) {
  if (p.activation == Activation::identity) return;
  const Flow<const Real>& source = needsPreactivation(p.activation) ? p.preactivation : p.output;
  const bool areAdjacent = source.rowStride == kPanelWidth<Real> && p.gradient.rowStride == kPanelWidth<Real>;
  forEachAdjacent<Real>(p.columns, p.begin, p.end, areAdjacent, [&](size_t i, size_t column, size_t count) {
    const Track<const Real> x = at(source, i, column);
    const Track<Real> gradient = at(p.gradient, i, column);
    if (!gradient.tangents) return activationBackward(p.activation, x.values, x.values, gradient.values, count);
    onActivation(p.activation, [&]<typename A>(A) {
      for (size_t j = 0; j < count; ++j)
        store(gradient, j, load<Dual<Real>>(gradient, j) * A::derivative(load<Dual<Real>>(x, j)));
    });
  });
}

}  // namespace
}  // namespace glissade
