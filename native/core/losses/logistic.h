#pragma once

#include "arch/kernels.h"
#include "layers/activations.h"

namespace glissade {
namespace {

/// log(1 + e^z) − y·z of logits z and targets y in [0, 1], summed over the columns of a row.
struct Logistic {
  template <typename Real>
  static void rows(const LossRows<Real>& r) {
    const Real scale = r.gradientScale;
#pragma omp simd
    for (size_t k = r.begin * r.columns; k < r.end * r.columns; ++k)
      r.gradient[k] = scale * (Sigmoid::value(r.outputs[k]) - r.targets[k]);
    for (size_t i = r.begin; i < r.end; ++i) {
      double value = 0;
      for (size_t k = i * r.columns; k < (i + 1) * r.columns; ++k) {
        const double z = static_cast<double>(r.outputs[k]);
        value += (z > 0 ? z : 0) - z * static_cast<double>(r.targets[k]) + log1p(exp(z < 0 ? z : -z));
      }
      r.values[i] = value;
    }
  }

  template <typename Real>
  static bool correct(const Real* z, const Real* y, size_t columns, size_t) {
    for (size_t j = 0; j < columns; ++j)
      if ((z[j] > 0) != (y[j] > Real(0.5))) return false;
    return true;
  }
};

}  // namespace
}  // namespace glissade
