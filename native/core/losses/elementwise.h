#pragma once

#include "losses/rows.h"

namespace glissade {
namespace {

/// A loss that is a sum over the outputs z of a row, each of which has a target t. `Term` has value(z, t), in double,
/// and derivative(z, t), for any type of number z. Not inlined: GCC 12 vectorises less inside a larger function.
template <typename Number, typename Term, typename Real>
__attribute__((noinline)) void elementwise(const Term& term, const LossRows<Real>& r) {
  const Track<const Real> z = r.outputs;
  const Track<Real> gradient = r.gradient;
  const Real* const t = r.targets;
  const auto differentiate = [&](size_t begin, size_t end, Real scale) {
#pragma omp simd
    for (size_t k = begin; k < end; ++k) store(gradient, k, Number(scale) * term.derivative(load<Number>(z, k), t[k]));
  };
  if (r.rowScales)
    for (size_t i = r.begin; i < r.end; ++i) differentiate(i * r.columns, (i + 1) * r.columns, r.rowScales[i]);
  else
    differentiate(r.begin * r.columns, r.end * r.columns, r.gradientScale);
  if (!r.values) return;

  // The terms are found in a loop that vectorises, and then summed in the order of the columns.
  constexpr size_t kTerms = 64;
  double terms[kTerms];
  size_t row = r.begin, column = 0;
  for (size_t first = r.begin * r.columns, end = r.end * r.columns; first < end; first += kTerms) {
    const size_t count = kTerms < end - first ? kTerms : end - first;
#pragma omp simd
    for (size_t k = 0; k < count; ++k) terms[k] = term.value(z.values[first + k], t[first + k]);
    for (size_t k = 0; k < count; ++k) {
      r.values[row] = (column == 0 ? 0 : r.values[row]) + terms[k];
      if (++column == r.columns) column = 0, ++row;
    }
  }
}

}  // namespace
}  // namespace glissade
