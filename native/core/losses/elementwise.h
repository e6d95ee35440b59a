#pragma once

#include "losses/rows.h"

namespace glissade {
namespace {

/// A loss that is a sum over the outputs z of a row, each with a target t of its own. `Term` has value(z, t), in
/// double, and derivative(z, t), for any type of number z. Not inlined: GCC 12 vectorises less inside a larger
/// function.
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

  for (size_t i = r.begin; i < r.end; ++i) {
    double value = 0;
    for (size_t k = i * r.columns; k < (i + 1) * r.columns; ++k) value += term.value(z.values[k], t[k]);
    r.values[i] = value;
  }
}

}  // namespace
}  // namespace glissade
