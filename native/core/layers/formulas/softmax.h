// Softmax of each row, forward and backward.
//
// Assumes    matrices in panels with any strides, and at least one column; tangents of all of them or of none
// Alignment  that of the elements
// Writes     columns [0, columns) of rows [begin, end); reads nothing beyond them
// Order      sums over a row: blocks of 128 columns, in turn
#pragma once

#include "layers/rows.h"
#include "math/elementary.h"
#include "matrix/elements.h"
#include "matrix/sums.h"

namespace glissade {
namespace {

/// y_j = exp(x_j − max x) / Σ_k exp(x_k − max x)
template <typename Number, typename Real>
void softmaxOf(const SoftmaxRows<Real>& p) {
  const auto x = [&](size_t i, size_t j) { return load<Number>(at(p.input, i, j), 0); };
  for (size_t i = p.begin; i < p.end; ++i) {
    Number top = x(i, 0);
    for (size_t j = 1; j < p.columns; ++j) top = x(i, j) > top ? x(i, j) : top;
    const Number sum = sumInBlocks<Number>(p.columns, [&](size_t j) {
      const Number e = exponential(x(i, j) - top);
      store(at(p.output, i, j), 0, e);
      return e;
    });
    for (size_t j = 0; j < p.columns; ++j)
      store(at(p.output, i, j), 0, load<Number>(constant(at(p.output, i, j)), 0) / sum);
  }
}

/// dx_j = y_j·(δ_j − Σ_k δ_k y_k), with y the output. δ_t of the largest y_t is taken off all δ first, so that its own
/// dx_t is a sum over the others: of δ_t − δ_t·y_t, no digit would be left where y_t is nearly 1.
template <typename Number, typename Real>
void softmaxBackwardOf(const SoftmaxRows<Real>& p) {
  for (size_t i = p.begin; i < p.end; ++i) {
    const auto y = [&](size_t j) { return load<Number>(constant(at(p.output, i, j)), 0); };
    size_t top = 0;
    for (size_t j = 1; j < p.columns; ++j) top = y(j) > y(top) ? j : top;
    const Number ofTop = load<Number>(at(p.delta, i, top), 0);
    const auto delta = [&](size_t j) { return load<Number>(at(p.delta, i, j), 0) - ofTop; };
    const Number sum = sumInBlocks<Number>(p.columns, [&](size_t j) { return delta(j) * y(j); });
    for (size_t j = 0; j < p.columns; ++j) store(at(p.inputGradient, i, j), 0, y(j) * (delta(j) - sum));
  }
}

template <typename Real>
void softmax(const SoftmaxRows<Real>& p) {
  onNumbers<Real>(p.output.data.tangents, [&]<typename Number>(Number) { softmaxOf<Number>(p); });
}

template <typename Real>
void softmaxBackward(const SoftmaxRows<Real>& p) {
  onNumbers<Real>(p.delta.data.tangents, [&]<typename Number>(Number) { softmaxBackwardOf<Number>(p); });
}

}  // namespace
}  // namespace glissade
