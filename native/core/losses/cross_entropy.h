#pragma once

#include "arch/kernels.h"
#include "layers/elementary.h"

namespace glissade {
namespace {

/// −Σ p_j log softmax(z)_j of a row of logits z. Targets: one class index, or a distribution p over all columns.
struct CrossEntropy {
  template <typename Real>
  static void rows(const LossRows<Real>& r) {
    // Three passes over the block, so that the exponentials of all its rows are one vectorised loop.
    for (size_t i = r.begin; i < r.end; ++i) {
      const Real *z = r.outputs + i * r.columns, top = z[largest(z, r.columns)];
      for (size_t j = 0; j < r.columns; ++j) r.gradient[i * r.columns + j] = z[j] - top;
    }
    Real* const e = r.gradient;
#pragma omp simd
    for (size_t k = r.begin * r.columns; k < r.end * r.columns; ++k) e[k] = exponential(e[k]);
    for (size_t i = r.begin; i < r.end; ++i)
      r.values[i] = row(r.outputs + i * r.columns, r.targets + i * r.targetColumns, r.columns, r.targetColumns == 1,
                        r.gradientScale, e + i * r.columns);
  }

  /// From e_j = exp(z_j − max z) to the gradient in its place; returns the loss.
  template <typename Real>
  static double row(const Real* z, const Real* target, size_t columns, bool isClass, Real scale, Real* e) {
    Real sum = 0;
    for (size_t j = 0; j < columns; ++j) sum += e[j];
    const double logSum = log(static_cast<double>(sum)) + static_cast<double>(z[largest(z, columns)]);
    if (isClass) {
      const size_t label = labelOf(target, columns);
      for (size_t j = 0; j < columns; ++j) e[j] *= scale / sum;
      e[label] -= scale;
      return logSum - static_cast<double>(z[label]);
    }
    double expected = 0, mass = 0;
    for (size_t j = 0; j < columns; ++j) {
      expected += static_cast<double>(target[j]) * static_cast<double>(z[j]);
      mass += static_cast<double>(target[j]);
    }
    const Real share = scale * static_cast<Real>(mass) / sum;
    for (size_t j = 0; j < columns; ++j) e[j] = e[j] * share - scale * target[j];
    return mass * logSum - expected;
  }

  template <typename Real>
  static bool correct(const Real* z, const Real* target, size_t columns, size_t targetColumns) {
    return largest(z, columns) == (targetColumns == 1 ? labelOf(target, columns) : largest(target, columns));
  }

  /// Targets were checked, but in shared memory they may change: a wrong class must not become a wrong address.
  template <typename Real>
  static size_t labelOf(const Real* target, size_t columns) {
    return target[0] >= 0 && target[0] < static_cast<Real>(columns) ? static_cast<size_t>(target[0]) : 0;
  }

  template <typename Real>
  static size_t largest(const Real* values, size_t count) {
    size_t at = 0;
    for (size_t j = 1; j < count; ++j)
      if (values[j] > values[at]) at = j;
    return at;
  }
};

}  // namespace
}  // namespace glissade
